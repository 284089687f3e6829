"""How fast a wallet may be spent from by API clients."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tokens.errors import InsufficientTokens, KeyReused, TooManySpends
from tokens.ledger.rates import Rate
from tokens.ledger.wallet import get_token_balance
from tokens.models import Wallet
from tokens.spending.spends import spend, spend_once
from tokens.testing.all_rows import rows_of
from tokens.testing.ledger_rows import make_lot, post

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 22, 12, tzinfo=UTC)
TEN_SECONDS = timedelta(seconds=10)
THREE_AT_ONCE = Rate(takes=TEN_SECONDS, ahead=2 * TEN_SECONDS)


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture
def call(clock, alice):
    make_lot(alice, tokens=100)
    return lambda action="import_domain", **more: spend_once(alice.pk, action, rate=THREE_AT_ONCE, **more)


def calls_until(user):
    return Wallet.objects.get(pk=user.pk).calls_until


def test_a_burst_is_let_through_and_the_next_call_is_told_how_long_to_wait(call, alice):
    for _ in range(3):
        call()
    post(alice)
    rows = rows_of(alice)
    with pytest.raises(TooManySpends) as refused:
        call()
    assert refused.value.wait_seconds == 10
    assert rows_of(alice) == rows
    assert calls_until(alice) == START + 3 * TEN_SECONDS


def test_one_more_call_is_let_through_when_the_wait_is_over_and_no_sooner(call, clock):
    for _ in range(3):
        call()
    clock.shift(TEN_SECONDS - timedelta(microseconds=1))
    with pytest.raises(TooManySpends):
        call()
    clock.shift(timedelta(microseconds=1))
    call()
    with pytest.raises(TooManySpends):
        call()


def test_a_rest_gives_no_more_than_the_burst(call, clock):
    call()
    clock.shift(timedelta(hours=1))
    for _ in range(3):
        call()
    with pytest.raises(TooManySpends):
        call()


def test_the_answer_to_a_key_that_was_used_is_no_call(call, alice):
    first = call(key="k")
    call(), call()
    until = calls_until(alice)
    again = call(key="k")
    assert (again.usage.pk, again.is_replay) == (first.usage.pk, True)
    with pytest.raises(KeyReused):
        call("ai_analysis", key="k")
    assert calls_until(alice) == until


def test_a_key_is_free_again_after_a_call_too_many(call, clock):
    for _ in range(3):
        call()
    with pytest.raises(TooManySpends):
        call(key="k")
    clock.shift(TEN_SECONDS)
    assert call("ai_analysis", key="k").is_replay is False


def test_a_spend_that_is_refused_counts_for_nothing(call, alice):
    for _ in range(9):
        spend(alice, "data_export")
    spend(alice, "ai_analysis")
    for _ in range(9):
        with pytest.raises(InsufficientTokens):
            call("data_export")
    assert calls_until(alice) is None
    call("ai_analysis")
    assert calls_until(alice) == START + TEN_SECONDS


def test_a_call_that_crosses_lots_is_counted_once(call, alice):
    make_lot(alice, tokens=3, expires_at=START + timedelta(days=1))
    call("ai_analysis")
    assert (calls_until(alice), get_token_balance(alice.pk)) == (START + TEN_SECONDS, 98)


def test_spends_without_a_rate_neither_count_nor_wait(call, alice):
    for _ in range(3):
        call()
    until = calls_until(alice)
    spend(alice, "import_domain")
    assert (calls_until(alice), get_token_balance(alice.pk)) == (until, 96)


def test_a_counted_call_takes_no_statement_more(alice, clock):
    """On SQLite one, as moments cannot be reckoned with there."""
    make_lot(alice, tokens=100)
    taken = []
    for rate in (None, THREE_AT_ONCE):
        with CaptureQueriesContext(connection) as statements:
            spend_once(alice.pk, "import_domain", rate=rate)
        taken.append(len(statements))
    assert taken[1] - taken[0] == (0 if connection.vendor == "postgresql" else 1)


def test_a_machine_whose_clock_is_ahead_stops_nobody_on_another(alice):
    make_lot(alice, tokens=10)
    rate = Rate(takes=timedelta(seconds=1), ahead=timedelta(seconds=4))
    with time_machine.travel("2026-11-22T12:00:10Z", tick=False):
        spend_once(alice.pk, "import_domain", rate=rate)
    with time_machine.travel("2026-11-22T12:00:00Z", tick=False):
        for _ in range(5):
            spend_once(alice.pk, "import_domain", rate=rate)
        with pytest.raises(TooManySpends):
            spend_once(alice.pk, "import_domain", rate=rate)
