"""So many calls at once, so many a minute, for each caller by itself."""

import threading

import pytest
from django.test import override_settings

from accounts import api_keys, throttling
from accounts.throttling import Buckets

BALANCE = "/api/tokens/balance"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def shop_clock(monkeypatch, clock):
    """The throttle of the API, empty and with a clock that stands still."""
    monkeypatch.setattr(throttling, "buckets", Buckets(clock=clock))
    return clock


def test_a_burst_passes_and_the_next_call_waits_for_one_refill(clock):
    buckets = Buckets(clock=clock)

    waits = [buckets.take("alice", per_second=20, burst=100) for _ in range(101)]

    assert waits == [0.0] * 100 + [0.05]


def test_a_refused_call_takes_nothing_and_the_bucket_never_holds_more_than_a_burst(clock):
    buckets = Buckets(clock=clock)
    for _ in range(7):
        buckets.take("alice", per_second=2, burst=5)

    clock.now += 0.5
    assert buckets.take("alice", per_second=2, burst=5) == 0
    assert buckets.take("alice", per_second=2, burst=5) == 0.5
    clock.now += 3600
    assert [buckets.take("alice", per_second=2, burst=5) for _ in range(6)] == [0, 0, 0, 0, 0, 0.5]


def test_a_call_given_back_may_be_made_again(clock):
    buckets = Buckets(clock=clock)
    for _ in range(5):
        buckets.take("alice", per_second=1, burst=5)
    buckets.give_back("alice", burst=5)
    assert [buckets.take("alice", per_second=1, burst=5) for _ in range(2)] == [0, 1]


@pytest.mark.parametrize("seconds", [0, 1, 3600])
def test_what_was_taken_and_given_back_leaves_no_more_than_a_burst_and_takes_no_memory(clock, seconds):
    buckets = Buckets(clock=clock)
    buckets.take("alice", per_second=1, burst=1)
    clock.now += seconds
    for _ in range(3):
        buckets.give_back("alice", burst=1)
    assert len(buckets) == 0
    assert [buckets.take("alice", per_second=1, burst=1) for _ in range(2)] == [0, 1]


def test_threads_that_take_and_give_back_lose_no_call(clock):
    buckets = Buckets(clock=clock)

    def work() -> None:
        for _ in range(300):
            assert buckets.take("alice", per_second=1, burst=1000) == 0
            buckets.give_back("alice", burst=1000)
            buckets.take("bob", per_second=1, burst=10_000)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(buckets.take("bob", per_second=1, burst=10_000) == 0 for _ in range(10_000)) == 10_000 - 8 * 300
    assert sum(buckets.take("alice", per_second=1, burst=1000) == 0 for _ in range(1001)) == 1000


def test_one_caller_does_not_use_up_anothers_calls(clock):
    buckets = Buckets(clock=clock)
    for _ in range(9):
        buckets.take("alice", per_second=1, burst=5)

    assert buckets.take("bob", per_second=1, burst=5) == 0


def test_idle_callers_are_forgotten_once_their_bucket_is_full_again(clock):
    buckets = Buckets(clock=clock)
    for caller in range(1000):
        buckets.take(caller, per_second=20, burst=100)
    clock.now += 5
    for _ in range(500):
        buckets.take("alice", per_second=20, burst=100)
        clock.now += 0.05

    assert len(buckets) == 1


def test_memory_stays_bounded_in_a_rush_of_callers(clock):
    buckets = Buckets(clock=clock, at_most=50)
    for caller in range(1000):
        buckets.take(caller, per_second=20, burst=100)

    assert len(buckets) == 50


def test_eight_threads_get_exactly_the_burst_between_them(clock):
    buckets, passed = Buckets(clock=clock), []

    def call() -> None:
        for _ in range(50):
            if buckets.take("alice", per_second=20, burst=100) == 0:
                passed.append(1)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(passed) == 100


@override_settings(API_REQUESTS_PER_MINUTE=30, API_BURST=3)
def test_the_call_after_the_burst_is_429_and_says_when_to_come_back(client, alice, shop_clock):
    _, text = api_keys.issue(alice, name="CI")
    headers = {"Authorization": f"Bearer {text}"}

    answers = [client.get(BALANCE, headers=headers) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1]["Retry-After"] == "2"

    shop_clock.now += 2
    assert client.get(BALANCE, headers=headers).status_code == 200


@override_settings(API_BURST=2)
def test_an_invented_x_forwarded_for_does_not_give_more_calls(client, db, shop_clock):
    packages = "/api/tokens/packages"

    answers = [client.get(packages, headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code for n in range(3)]

    assert answers == [200, 200, 429]
