"""The sandbox's own file: many writers, a reset while it runs."""

import os
import subprocess
import sys
import textwrap

import pytest

from stripe_sandbox.catalogue import customers
from stripe_sandbox.config import Config
from stripe_sandbox.objects import ids
from stripe_sandbox.store import clock
from stripe_sandbox.store.store import Store
from stripe_sandbox.tests.support.actors import at_once

_MAKE_TEN = """
    from stripe_sandbox.catalogue import customers
    from stripe_sandbox.config import Config
    from stripe_sandbox.store.store import Store
    for _ in range(10):
        with Store(Config({path!r})).writing() as db:
            customers.create(db, {{}})
"""


@pytest.fixture
def store(tmp_path):
    store = Store(Config(str(tmp_path / "store.db")))
    yield store
    store.close_idle()


def make_customer(store: Store) -> str:
    with store.writing() as db:
        return customers.create(db, {}).id


def count(store: Store) -> int:
    with store.reading() as db:
        return int(db.execute("SELECT count(*) FROM document WHERE kind = 'customer'").fetchone()[0])


def test_an_exception_undoes_the_whole_transaction(store: Store) -> None:
    make_customer(store)

    def fail_half_way() -> None:
        with store.writing() as db:
            customers.create(db, {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()

    assert count(store) == 1


def test_threads_write_without_losing_each_other(store: Store) -> None:
    made = at_once(16, lambda: make_customer(store))

    assert len(set(made)) == count(store) == 16


def test_processes_write_without_losing_each_other(store: Store) -> None:
    """All start on a file that does not exist yet."""
    script = textwrap.dedent(_MAKE_TEN.format(path=store.path))
    processes = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(4)]

    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0, 0]
    assert count(store) == 40


def test_deleting_the_file_resets_the_sandbox_while_it_runs(store: Store) -> None:
    make_customer(store)
    make_customer(store)

    os.remove(store.path)

    assert count(store) == 0
    make_customer(store)
    assert count(store) == 1


def test_ids_never_repeat() -> None:
    assert len({ids.new("charge") for _ in range(10_000)}) == 10_000


def test_the_clock_moves_forward_only(store: Store) -> None:
    with store.writing() as db:
        before = clock.now(db)
        clock.advance(db, seconds=3600)
        clock.advance(db, seconds=60)
        assert before + 3660 <= clock.now(db) <= before + 3662
        with pytest.raises(ValueError, match="only moves forward"):
            clock.advance(db, seconds=-1)
