"""Row 10: how many statements reach the server, told by its own log, BEGIN, COMMIT and savepoints not counted."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from django.db import connection
from django.test import Client

from benchmarks import events
from benchmarks.bench import Bench
from benchmarks.figures import Spread
from benchmarks.people import give, plant_keys, plant_users
from benchmarks.spends import ACTION, METADATA
from brands.bulk_import import start, work

ROWS_OF_ONE_BATCH = work.BATCH
LOGGED = re.compile(r"\[(\d+)\] LOG:  (?:statement|execute [^:]*): (.*)")
UNCOUNTED = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SET log_statement")


def count(bench: Bench) -> dict[int, list[Spread]]:
    [user] = plant_users("counted", 1)
    give(user, 10_000)
    shop = Client(headers={"Authorization": f"Bearer {plant_keys([user])[0]}"})
    counts = [_of_a_spend(bench, shop), _of_a_duplicate(bench, shop, user.pk), _of_an_import(bench, user.pk)]
    return {10: [Spread.exactly(len(statements)) for statements in counts]}


def _of_a_spend(bench: Bench, shop: Client) -> list[str]:
    body = json.dumps({"action": ACTION, "metadata": METADATA})
    for attempt in range(3):  # the first ones fill what is kept in memory
        with _counted(bench) as statements:
            answer = shop.post(
                "/api/tokens/spend",
                body,
                content_type="application/json",
                headers={"Idempotency-Key": f"counted-{attempt}"},
            )
        _require(answer.status_code == 200, f"a spend was answered {answer.status_code}")
    return statements


def _of_a_duplicate(bench: Bench, shop: Client, user_id: int) -> list[str]:
    file = bench.directory / "counted.events"
    events.write([events.completed(events.plant_purchases([user_id], 1)[0])], file)
    signature, _, body = file.read_text().rstrip("\n").partition("\t")
    for _ in range(2):
        with _counted(bench) as statements:
            answer = shop.post(
                "/api/tokens/webhook", body, content_type="application/json", headers={"Stripe-Signature": signature}
            )
        _require(answer.status_code == 200, f"a webhook was answered {answer.status_code}")
    return statements


def _of_an_import(bench: Bench, user_id: int) -> list[str]:
    rows = "".join(f"Domain {n},counted-{n}.com,tech\n" for n in range(ROWS_OF_ONE_BATCH))
    started = start.start_file(user_id, f"name,domain,category\n{rows}".encode())
    with _counted(bench) as statements:
        work.work_one()
    done = start.find(user_id, started.pk)
    _require(done.imported == ROWS_OF_ONE_BATCH, f"the import ended as {done.status}: {done.error}")
    return statements


@contextlib.contextmanager
def _counted(bench: Bench) -> Iterator[list[str]]:
    """The statements that this thread's connection runs meanwhile, once the block is over."""
    log = Path(parse_qs(urlsplit(bench.database_url).query)["host"][0]) / "log"
    statements: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute("SET log_statement = 'all'")
        cursor.execute("SELECT pg_backend_pid()")
        process = str(cursor.fetchone()[0])
        start = log.stat().st_size
    yield statements
    with connection.cursor() as cursor:
        cursor.execute("SET log_statement = 'none'")
    logged = LOGGED.findall(log.read_bytes()[start:].decode())
    statements += [text for pid, text in logged if pid == process and not text.startswith(UNCOUNTED)]


def _require(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise RuntimeError(f"Statements could not be counted: {otherwise}.")
