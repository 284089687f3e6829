"""The limit: PostgreSQL's own load generator, doing the least that a spend could be.

One statement, prepared, on two plain tables: a conditional UPDATE of the wallet and an INSERT of one row with a key of
its own.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from benchmarks.figures import Slice
from benchmarks.people import HOT_TOKENS, MANY, TOKENS
from benchmarks.rounds import Side
from benchmarks.shop import execute
from devtools.testing.postgres import find_binaries

GRANTED = MANY * TOKENS + HOT_TOKENS
TABLES = f"""
CREATE TABLE bare_wallets (
    id bigint PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0)
) WITH (fillfactor = 50);
CREATE TABLE bare_spends (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    wallet_id bigint NOT NULL,
    key bigint NOT NULL,
    tokens integer NOT NULL,
    balance_after bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (wallet_id, key)
);
INSERT INTO bare_wallets SELECT id, {TOKENS} FROM generate_series(1, {MANY}) AS id;
INSERT INTO bare_wallets VALUES (0, {HOT_TOKENS});
"""
SPEND = """
\\set key random(1, 9000000000000000000)
\\set wallet {wallet}
WITH paid AS (
    UPDATE bare_wallets SET balance = balance - 1 WHERE id = :wallet AND balance >= 1 RETURNING id, balance
)
INSERT INTO bare_spends (wallet_id, key, tokens, balance_after) SELECT id, :key, -1, balance FROM paid;
"""
RATE = re.compile(r"^tps = ([0-9.]+) \(without initial connection time\)$", re.MULTILINE)


def plant(directory: Path) -> None:
    """The tables, and the scripts of the two loads in `directory`."""
    execute(TABLES)
    for name, wallet in {"random": f"random(1, {MANY})", "hot": "0"}.items():
        (directory / f"{name}.pgbench").write_text(SPEND.format(wallet=wallet))


def side(database_url: str, script: Path, *, clients: int) -> Side:
    """Spends a second of so many clients, on two threads as soon as there are two clients."""
    host = parse_qs(urlsplit(database_url).query)["host"][0]
    command = [str(find_binaries() / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--file={script}"]
    command += [f"--client={clients}", f"--jobs={min(clients, 2)}", "--username=postgres", f"--host={host}"]

    def run(seconds: int) -> Slice:
        done = subprocess.run(
            [*command, f"--time={seconds}", "soulfra"],
            env={**os.environ, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=True,
            timeout=seconds + 30,
        )
        rate = RATE.search(done.stdout)
        if rate is None:
            raise RuntimeError(f"pgbench did not say how fast it was: {done.stdout}")
        return Slice(float(rate[1]))

    return run
