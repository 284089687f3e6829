"""Row 17: spends of one process on SQLite, beside a bare UPDATE and INSERT by Python's own sqlite3.

`python -m benchmarks.sqlite ROUNDS` takes the turns in a process of its own, since a process speaks to one kind of
database; DATABASE_URL names the shop's file. It prints the turns as JSON.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import django
from django.core.management import call_command
from django.db import connection

from benchmarks.figures import Slice, Spread, Turns, rates
from benchmarks.rounds import calling, take_turns
from devtools import processes
from devtools.venv import ROOT

if TYPE_CHECKING:
    from benchmarks.bench import Bench

SHOP, BARE = "spend, SQLite, 1", "bare UPDATE and INSERT, SQLite, 1"
MANY, TOKENS = 200, 1_000_000
LONGEST_SECONDS = 300
TABLES = f"""
CREATE TABLE bare_wallets (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL CHECK (balance >= 0));
CREATE TABLE bare_spends (
    id INTEGER PRIMARY KEY, wallet_id INTEGER NOT NULL, key INTEGER NOT NULL, tokens INTEGER NOT NULL,
    balance_after INTEGER NOT NULL, created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, UNIQUE (wallet_id, key)
);
INSERT INTO bare_wallets WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < {MANY})
    SELECT id, {TOKENS} FROM n;
"""
UPDATE = "UPDATE bare_wallets SET balance = balance - 1 WHERE id = ? AND balance >= 1 RETURNING balance"
INSERT = "INSERT INTO bare_spends (wallet_id, key, tokens, balance_after) VALUES (?, ?, -1, ?)"


def spends_on_sqlite(bench: Bench) -> dict[int, list[Spread]]:
    command = [sys.executable, "-m", "benchmarks.sqlite", str(bench.rounds)]
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{bench.directory / 'spends.db'}"}
    child = processes.start(command, env=env, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        output, _ = child.communicate(timeout=LONGEST_SECONDS)
    finally:
        processes.end(child)
    if child.returncode:
        raise RuntimeError("Spends on SQLite could not be measured: the lines above say why.")
    turns = {name: [Slice(**one) for one in slices] for name, slices in json.loads(output).items()}
    bench.keep(turns)
    return {17: [rates(turns, SHOP, of=BARE)]}


def main(rounds: int) -> Turns:
    django.setup()
    call_command("migrate", verbosity=0, skip_checks=True)
    return take_turns({BARE: calling(_bare()), SHOP: calling(_shop())}, rounds=rounds)


def _shop() -> Callable[[], object]:
    from benchmarks import people
    from benchmarks.spends import spend_by

    users = people.plant_users("customer", MANY)
    for user in users:
        people.give(user, TOKENS)
    return spend_by([user.pk for user in users])


def _bare() -> Callable[[], object]:
    """With what the shop's own connection says of its file."""
    database = sqlite3.connect(f"{connection.settings_dict['NAME']}-bare", isolation_level=None)
    for pragma in ("journal_mode", "synchronous", "cache_size", "mmap_size", "wal_autocheckpoint"):
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA {pragma}")
            found = cursor.fetchone()
        if found:
            database.execute(f"PRAGMA {pragma} = {found[0]}")
    database.executescript(TABLES)
    keys = itertools.count(secrets.randbits(40))

    def spend() -> None:
        wallet = random.randint(1, MANY)
        database.execute("BEGIN IMMEDIATE")
        [[balance]] = database.execute(UPDATE, [wallet]).fetchall()
        database.execute(INSERT, [wallet, next(keys), balance])
        database.execute("COMMIT")

    return spend


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1])), default=vars))
