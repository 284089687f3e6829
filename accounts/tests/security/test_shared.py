"""What is counted and remembered once for all processes: in the database, exactly, and not for longer than it holds."""

import base64
import os
import pickle
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone

from accounts.limits import counting
from accounts.limits.shared_cache import SharedCache, forget_expired
from accounts.models import CacheRow, LimitCount
from tokens.sweep import sweep
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as moved:
        yield moved


def test_what_is_added_holds_for_its_time_and_can_then_be_added_again(clock):
    assert [cache.add("code", "used", timeout=90) for _ in range(2)] == [True, False]
    clock.shift(89)
    assert (cache.add("code", "again", timeout=90), cache.get("code")) == (False, "used")
    clock.shift(2)
    assert (cache.add("code", "again", timeout=90), cache.get("code")) == (True, "again")


def test_the_table_is_made_by_a_migration(capsys):
    call_command("createcachetable")
    assert capsys.readouterr().out == "Cache table 'shared_cache' already exists.\n"


def test_a_full_cache_forgets_what_is_over_and_nothing_that_holds(clock):
    small = SharedCache("shared_cache", {"OPTIONS": {"MAX_ENTRIES": 3}})
    for number in range(5):
        small.set(f"over-{number}", 1, timeout=10)
    clock.shift(60)
    for number in range(9):
        small.set(f"holds-{number}", 1, timeout=60)

    assert sorted(CacheRow.objects.values_list("cache_key", flat=True)) == [f":1:holds-{n}" for n in range(9)]


def test_the_sweep_deletes_what_is_over(clock):
    cache.set("short", 1, timeout=10)
    cache.set("long", 1, timeout=600)
    counting.take("uploads", "1", per_minute=60)
    counting.take("uploads", "2", per_minute=1)
    clock.shift(30)

    assert [sweep()["expired limits deleted"] for _ in range(2)] == [2, 0]
    assert [row.cache_key for row in CacheRow.objects.all()] == [":1:long"]
    assert [row.key for row in LimitCount.objects.all()] == ["uploads:2"]


def test_so_many_at_once_and_then_one_after_the_other(clock):
    assert [counting.take("uploads", "1", per_minute=4) for _ in range(6)] == [0, 0, 0, 0, 15, 15]
    assert counting.take("uploads", "2", per_minute=4) == 0
    assert counting.take("previews", "1", per_minute=4) == 0
    clock.shift(15)
    assert [counting.take("uploads", "1", per_minute=4) for _ in range(2)] == [0, 15]
    clock.shift(3600)
    assert [counting.take("uploads", "1", per_minute=4) for _ in range(5)] == [0, 0, 0, 0, 15]


def test_a_count_by_a_clock_that_is_wrong_locks_nobody_out(clock):
    LimitCount.objects.create(key="uploads:1", until=time.time() + 86400)
    assert [counting.take("uploads", "1", per_minute=1) for _ in range(2)] == [0, 60]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_no_more_than_the_limit_pass():
    waits = at_once(lambda number: counting.take("uploads", "1", per_minute=5), times=16)
    assert sum(wait == 0 for wait in waits) == 5
    assert all(0 < wait < 13 for wait in waits if wait)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_there_a_row_that_is_over", [False, True])
def test_of_many_who_add_the_same_at_once_one_does(is_there_a_row_that_is_over):
    for _ in range(5):
        cache.clear()
        if is_there_a_row_that_is_over:
            CacheRow.objects.create(cache_key=":1:code", value="", expires=timezone.now() - timedelta(minutes=1))
        assert sum(at_once(lambda number: cache.add("code", "used", timeout=90), times=16)) == 1


class Forged:
    """Unpickling it runs code in whoever reads it."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("encode", [lambda raw: base64.b64encode(raw).decode(), lambda raw: raw.decode("latin1"), repr])
def test_a_forged_row_runs_nothing_and_counts_as_none(tmp_path, encode):
    made = tmp_path / "made"
    forged = encode(pickle.dumps(Forged(made), protocol=0))
    CacheRow.objects.create(cache_key=":1:code", value=forged, expires=timezone.now() + timedelta(hours=1))

    assert cache.get("code", "none") == "none"
    assert cache.get_many(["code"]) == {}
    assert not made.exists()
    assert cache.add("code", "again") is False  # it is there still: a code that was used stays so
    cache.set("code", "anew")
    assert cache.get("code") == "anew"


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "NUL", "gASVBQAAAAAAAABLAS4="])
def test_what_is_no_json_counts_as_none(text):
    CacheRow.objects.create(cache_key=":1:code", value=text, expires=timezone.now() + timedelta(hours=1))
    assert cache.get("code") is None


@pytest.mark.parametrize("value", [True, None, 0, "used", [1.5, 2.25], {"a": [1, None]}])
def test_what_allauth_stores_comes_back_as_it_was(value):
    for store in (cache.set, cache.add):
        cache.clear()
        store("key", value, timeout=60)
        assert cache.get("key", "none") == value


def test_what_json_cannot_say_is_refused_and_nothing_written():
    for store in (cache.set, cache.add):
        with pytest.raises(TypeError):
            store("key", timezone.now())
    assert not CacheRow.objects.exists()


def test_a_key_without_an_end_is_kept_and_touching_one_moves_its_end(clock):
    cache.set("always", 1, timeout=None)
    cache.set("short", 1, timeout=10)
    assert [cache.touch(key, timeout=600) for key in ("short", "unknown")] == [True, False]
    clock.shift(500)
    assert cache.get_many(["always", "short", "unknown"]) == {"always": 1, "short": 1}
    assert (cache.incr("short"), cache.get("short")) == (2, 2)


def test_forgetting_says_how_much(clock):
    cache.set("short", 1, timeout=10)
    assert forget_expired(timezone.now() + timedelta(minutes=1)) == 1
