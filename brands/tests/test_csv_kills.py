"""Workers that are killed over a CSV import, as real processes: finished or undone, and charged once at most."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from brands.models import Brand, CsvImport
from brands.tests.csv_files import csv_with, queue
from devtools import processes
from devtools.testing import environment
from tokens.ledger.wallet import get_token_balance, read_wallet
from tokens.models import TokenUsage
from tokens.tests.ledger_rows import make_lot

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

# A worker that dies right before or after the given call of one function.
DIES_AT = """
import os, signal, sys
import django
django.setup()
from brands.bulk_import import work as csv_work
function, moment, left = sys.argv[1].split(":")
work, calls = getattr(csv_work, function), []
def die(*args, **kwargs):
    calls.append(1)
    if len(calls) < int(left):
        return work(*args, **kwargs)
    if moment == "after":
        work(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(csv_work, function, die)
csv_work.work_one()
"""
# After the claim; in the middle of staging; before the end; after the charge, before it is committed; after the commit.
MOMENTS = ["_batches:before:1", "_finish:before:1", "_capture:after:1", "_finish:after:1"]
SHORT, LONG = 50, 120  # one batch, and three of which two are staged


@pytest.fixture
def start(tmp_path):
    """`start(*arguments)` runs Python in the environment of a worker of this test's shop."""
    started: list[subprocess.Popen[bytes]] = []
    named = urlsplit(environment.database_url())
    variables = {
        "DATABASE_URL": named._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
        "DJANGO_SETTINGS_MODULE": "soulfra.settings",
    }

    def run(*arguments):
        with open(tmp_path / f"log-{len(started)}", "wb") as log:
            process = processes.start(
                [sys.executable, *arguments],
                cwd=settings.BASE_DIR,
                env={**os.environ, **variables},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        started.append(process)
        return process

    yield run
    for process in started:
        processes.end(process)


def until(claim, *, seconds=30):
    give_up_at = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < give_up_at
        time.sleep(0.02)


def assert_imported_and_charged_once(alice, rows):
    done = CsvImport.objects.get()
    assert (done.status, done.imported, done.tokens_spent) == ("done", rows, rows + 2)
    assert (Brand.objects.of(alice.pk).count(), Brand.objects.count()) == (rows, rows)
    assert (get_token_balance(alice.pk), read_wallet(alice.pk).held) == (10_000 - rows - 2, 0)
    assert sorted(TokenUsage.objects.values_list("status", "tokens_spent")) == [("spent", 2), ("spent", rows)]


@pytest.mark.parametrize(
    ("moment", "rows"),
    [(moment, rows) for rows in (SHORT, LONG) for moment in MOMENTS] + [("_stage:after:2", LONG)],
)
def test_a_worker_killed_at_any_moment_imports_and_charges_once(alice, start, moment, rows):
    make_lot(alice, tokens=10_000)
    queue(alice, csv_with(rows))
    assert start("-c", DIES_AT, moment).wait(60) == -signal.SIGKILL
    left = CsvImport.objects.get()
    is_over = moment == "_finish:after:1"
    assert (left.status, Brand.objects.of(alice.pk).count()) == (("done", rows) if is_over else ("running", 0))
    assert get_token_balance(alice.pk) == 10_000 - rows - 2  # held, or spent
    CsvImport.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    start("manage.py", "worker", "--every", "3600")
    until(lambda: CsvImport.objects.get().status == "done")
    assert_imported_and_charged_once(alice, rows)


def test_four_workers_killed_in_the_middle_of_a_long_import(alice, start):
    make_lot(alice, tokens=10_000)
    queue(alice, csv_with(5000))
    for _ in range(4):
        worker = start("manage.py", "worker", "--every", "3600")
        until(lambda: CsvImport.objects.get().staged > 200)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        assert Brand.objects.of(alice.pk).count() == 0
        CsvImport.objects.update(lease_until=timezone.now() - timedelta(seconds=1), staged=0)
    start("manage.py", "worker", "--every", "3600")
    until(lambda: CsvImport.objects.get().status == "done")
    assert_imported_and_charged_once(alice, 5000)


def test_a_worker_that_is_asked_to_end_hands_the_import_on_at_once(alice, start):
    make_lot(alice, tokens=10_000)
    queue(alice, csv_with(5000))
    worker = start("manage.py", "worker", "--every", "3600")
    until(lambda: CsvImport.objects.get().staged > 200)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == 0
    assert (CsvImport.objects.get().status, Brand.objects.count()) == ("queued", 0)
    start("manage.py", "worker", "--every", "3600")
    until(lambda: CsvImport.objects.get().status == "done")
    assert_imported_and_charged_once(alice, 5000)
