"""Work that people wait for: found within a second, by every worker and by the sweep, one kind beside the other."""

import threading
import time

import pytest
from django.core.management import call_command
from django.db import connections

from tokens import jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def kinds(monkeypatch):
    """No kind of work but the test's own."""
    registered: dict[str, jobs.Kind] = {}
    monkeypatch.setattr(jobs, "_kinds", registered)
    return registered


def breaks():
    raise ZeroDivisionError


def pieces(number):
    """Work of so many pieces, and what was done of it."""
    done: list[int] = []

    def do():
        if len(done) == number:
            return False
        done.append(threading.get_ident())
        return True

    return do, done


@pytest.fixture
def running():
    """`running()` starts the threads of a worker; all of them have ended after the test."""
    threads: list[threading.Thread] = []
    yield lambda: threads.extend(jobs.start_threads())
    jobs.stop_threads(threads)
    assert not any(thread.is_alive() for thread in threads)


def until(claim, seconds=10):
    give_up_at = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < give_up_at
        time.sleep(0.01)


def test_all_that_is_due_is_done_once_and_counted(kinds):
    do, done = pieces(3)
    jobs.works("stones turned")(do)
    assert [jobs.run_due() for _ in range(2)] == [{"stones turned": 3}, {"stones turned": 0}]
    assert len(done) == 3


def test_the_sweep_does_it_too_so_that_cron_is_enough(kinds, capsys):
    do, done = pieces(2)
    jobs.works("stones turned")(do)
    call_command("sweep")
    assert (len(done), "2 stones turned" in capsys.readouterr().out) == (2, True)


def test_what_goes_wrong_with_one_kind_stops_no_other(kinds, caplog):
    do, _ = pieces(1)
    jobs.works("a broken kind")(breaks)
    jobs.works("stones turned")(do)
    assert jobs.run_due() == {"a broken kind": 0, "stones turned": 1}
    assert "Not finished: a broken kind" in caplog.text


def test_slow_work_of_one_kind_does_not_hold_up_another(kinds, running):
    is_over = threading.Event()
    do, done = pieces(5)
    jobs.works("a slow kind")(lambda: not is_over.wait(10))
    jobs.works("stones turned")(do)
    running()
    until(lambda: len(done) == 5)
    is_over.set()


def test_new_work_is_found_within_about_a_second(kinds, running):
    due: list[float] = []
    found: list[float] = []

    def do():
        if due:
            found.append(time.monotonic() - due.pop())
        return False

    jobs.works("stones turned")(do)
    running()
    time.sleep(0.2)
    due.append(time.monotonic())
    until(lambda: found)
    assert found[0] < jobs.LOOKED_FOR_EVERY + 1


def test_a_kind_may_have_several_threads_and_one_that_fails_goes_on(kinds, running, monkeypatch):
    monkeypatch.setattr(jobs, "AFTER_A_FAULT", 0.01)
    seen: set[int] = set()

    def do():
        seen.add(threading.get_ident())
        raise ZeroDivisionError

    jobs.works("a broken kind", threads=2)(do)
    running()
    until(lambda: len(seen) == 2)


def test_a_connection_that_cannot_be_looked_at_does_not_end_a_thread(monkeypatch):
    calls: list[int] = []

    def refuse():
        calls.append(1)
        raise OSError

    kind = jobs.Kind("stones turned", lambda: False, 1)
    monkeypatch.setattr(jobs, "close_old_connections", refuse)
    monkeypatch.setattr(jobs, "AFTER_A_FAULT", 0)
    monkeypatch.setattr(jobs.stopping, "is_set", lambda: len(calls) == 2)
    monkeypatch.setattr(connections, "close_all", lambda: None)
    jobs._keep_looking(kind)
    assert len(calls) == 2


def test_stopping_has_one_deadline_for_all_threads(settings):
    settings.STOP_SECONDS = 0.2
    end = threading.Event()
    threads = [threading.Thread(target=end.wait, args=[5], daemon=True) for _ in range(10)]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    try:
        jobs.stop_threads(threads)
        assert time.monotonic() - began < 1
    finally:
        end.set()
        jobs.stop_threads(threads)
    assert not jobs.stopping.is_set()
