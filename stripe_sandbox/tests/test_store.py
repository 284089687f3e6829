"""The sandbox's own file: many writers, a reset while it runs."""

import os
import subprocess
import sys
import textwrap

import pytest

from stripe_sandbox import clock, customers, ids, store
from stripe_sandbox.events import Cause
from stripe_sandbox.tests.actors import at_once

_MAKE_TEN = """
    from django.conf import settings
    settings.configure(SANDBOX_STORE={path!r}, SANDBOX_WEBHOOK_URL="", INSTALLED_APPS=[])
    from stripe_sandbox import customers, store
    from stripe_sandbox.events import Cause
    for _ in range(10):
        with store.writing() as db:
            customers.create(db, {{}}, cause=Cause())
"""


@pytest.fixture
def path(tmp_path, settings):
    settings.SANDBOX_STORE, settings.SANDBOX_WEBHOOK_URL = str(tmp_path / "store.db"), ""
    yield settings.SANDBOX_STORE
    store.close_idle()


def make_customer() -> str:
    with store.writing() as db:
        return customers.create(db, {}, cause=Cause()).id


def count() -> int:
    with store.reading() as db:
        return int(db.execute("SELECT count(*) FROM document WHERE kind = 'customer'").fetchone()[0])


def test_an_exception_undoes_the_whole_transaction(path: str) -> None:
    make_customer()

    def fail_half_way() -> None:
        with store.writing() as db:
            customers.create(db, {}, cause=Cause())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()

    assert count() == 1


def test_threads_write_without_losing_each_other(path: str) -> None:
    made = at_once(16, make_customer)

    assert len(set(made)) == count() == 16


def test_processes_write_without_losing_each_other(path: str) -> None:
    """All start on a file that does not exist yet."""
    script = textwrap.dedent(_MAKE_TEN.format(path=path))
    processes = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(4)]

    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0, 0]
    assert count() == 40


def test_deleting_the_file_resets_the_sandbox_while_it_runs(path: str) -> None:
    make_customer()
    make_customer()

    os.remove(path)

    assert count() == 0
    make_customer()
    assert count() == 1


def test_ids_never_repeat() -> None:
    assert len({ids.new("charge") for _ in range(10_000)}) == 10_000


def test_the_clock_moves_forward_only(path: str) -> None:
    with store.writing() as db:
        before = clock.now(db)
        clock.advance(db, seconds=3600)
        clock.advance(db, seconds=60)
        assert before + 3660 <= clock.now(db) <= before + 3662
        with pytest.raises(ValueError, match="only moves forward"):
            clock.advance(db, seconds=-1)
