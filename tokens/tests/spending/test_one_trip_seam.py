"""PostgreSQL's functions do a plain spend, or nothing at all: what they do not answer leaves every row as it was."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from tokens.idempotency import fingerprint
from tokens.ledger import writer
from tokens.models import ActionCost
from tokens.purchases import disputes
from tokens.spending import postgresql
from tokens.spending.holds import hold
from tokens.spending.rates import Rate
from tokens.spending.spends import spend, spend_many
from tokens.testing.ledger_rows import make_lot, remaining_of
from tokens.testing.two_ways import rows_of

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]
START = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = START + timedelta(hours=1)
RATE = Rate(takes=timedelta(seconds=10), ahead=timedelta(0))


@pytest.fixture(autouse=True)
def clock(settings):
    settings.ONE_TRIP = True
    with time_machine.travel(START, tick=False) as clock:
        yield clock


def one(user, action="ai_analysis", **more):
    return postgresql.spend(user.pk, action, metadata={}, **more)


def many(user, action="ai_analysis", **more):
    return postgresql.spend_many(user.pk, [("csv_import", {}), (action, {})], **more)


# --- what stands in the way; each leaves a wallet that could pay if it were not for that one thing ----------


def tokens_are_too_few(user, clock):
    make_lot(user, tokens=4)


def there_is_no_wallet(user, clock):
    pass


def the_first_lot_holds_too_little(user, clock):
    make_lot(user, tokens=4, expires_at=LATER)
    make_lot(user, tokens=96)
    one(user, "import_domain", rate=RATE)  # so that there are times which could be moved
    clock.shift(timedelta(minutes=1))


def a_lot_is_frozen(user, clock):
    make_lot(user, tokens=50)
    note_dispute(make_lot(user, tokens=50, paid_cents=100).purchase, taken=0)


def a_frozen_lot_is_first(user, clock):
    note_dispute(make_lot(user, tokens=50, paid_cents=100, expires_at=LATER).purchase, taken=0)
    make_lot(user, tokens=50)


def there_is_a_debt(user, clock):
    """Which the lot that came later did not repay, because it was frozen at the time."""
    first = make_lot(user, tokens=10, paid_cents=100).purchase
    spend(user, "data_export")
    second = make_lot(user, tokens=90, paid_cents=100).purchase
    note_dispute(second, taken=0)
    note_dispute(first, taken=100, status="lost")
    note_dispute(second, taken=0, status="won")


def staff_stopped_it(user, clock):
    make_lot(user, tokens=100)
    writer.block(writer.lock_wallet(user.pk), at=timezone.now())


def a_lot_is_due(user, clock):
    make_lot(user, tokens=50, expires_at=LATER)
    make_lot(user, tokens=50)
    clock.move_to(LATER)


def a_hold_is_due(user, clock):
    make_lot(user, tokens=100)
    hold(user, "data_export", expires_in=LATER - START)
    clock.move_to(LATER)


def a_lot_is_due_by_a_clock_that_is_ahead(user, clock):
    make_lot(user, tokens=50, expires_at=LATER)
    clock.move_to(LATER)
    make_lot(user, tokens=50)
    clock.move_to(START)


WAYS = [
    tokens_are_too_few,
    there_is_no_wallet,
    the_first_lot_holds_too_little,
    a_lot_is_frozen,
    a_frozen_lot_is_first,
    there_is_a_debt,
    staff_stopped_it,
    a_lot_is_due,
    a_hold_is_due,
    a_lot_is_due_by_a_clock_that_is_ahead,
]


def note_dispute(purchase, *, taken, status="needs_response"):
    told = {"id": f"dp_{purchase.pk}", "status": status, "reason": "fraudulent", "amount": 100, "currency": "usd"}
    told["balance_transactions"] = [{"amount": -taken, "currency": "usd"}]
    disputes.record_dispute(purchase, told, fetched_at=timezone.now())


@pytest.mark.parametrize("ask", [one, many])
@pytest.mark.parametrize("more", [{}, {"key": "k", "asked": "this"}, {"rate": RATE}], ids=["plain", "key", "rate"])
@pytest.mark.parametrize("stand_in_the_way", WAYS, ids=lambda way: way.__name__)
def test_a_function_that_does_not_answer_has_changed_nothing(alice, clock, stand_in_the_way, more, ask):
    if ask is many and "rate" in more:
        more = {"key": ""}
    stand_in_the_way(alice, clock)
    rows = rows_of(alice)
    assert ask(alice, **more) is None
    assert rows_of(alice) == rows


@pytest.mark.parametrize("ask", [one, many])
@pytest.mark.parametrize("key", [None, "k"])
def test_an_unknown_action_has_changed_nothing(alice, ask, key):
    make_lot(alice, tokens=100)
    rows = rows_of(alice)
    assert ask(alice, "fly", key=key) is None
    assert rows_of(alice) == rows


@pytest.mark.parametrize("ask", [one, many])
@pytest.mark.parametrize("asked", ["this", "that"])
def test_a_used_key_has_changed_nothing(alice, ask, asked):
    make_lot(alice, tokens=100)
    assert ask(alice, key="k", asked="this")
    rows = rows_of(alice)
    assert ask(alice, key="k", asked=asked) is None
    assert rows_of(alice) == rows


@pytest.mark.parametrize("key", [None, "k"])
def test_a_rate_that_is_used_up_has_changed_nothing(alice, clock, key):
    make_lot(alice, tokens=100)
    assert one(alice, rate=RATE)
    rows = rows_of(alice)
    clock.shift(RATE.takes - timedelta(microseconds=1))
    assert one(alice, rate=RATE, key=key) is None
    assert rows_of(alice) == rows
    assert one(alice)
    clock.shift(timedelta(microseconds=1))
    assert one(alice, rate=RATE, key=key)


@pytest.mark.parametrize("ask", [one, many])
def test_more_than_an_integer_holds_has_changed_nothing(alice, ask):
    make_lot(alice, tokens=100)
    ActionCost.objects.update(tokens=2**31 - 1)
    rows = rows_of(alice)
    assert ask(alice) is None
    assert rows_of(alice) == rows


@pytest.mark.parametrize("bad", [{"nul": "\0"}, {"half": "\ud800"}, {"not": float("inf")}, {"when": START}])
def test_what_cannot_be_kept_is_not_asked_for(alice, bad, django_assert_num_queries):
    make_lot(alice, tokens=100)
    with django_assert_num_queries(0):
        assert postgresql.spend(alice.pk, "ai_analysis", metadata=bad) is None
        assert postgresql.spend_many(alice.pk, [("ai_analysis", {}), ("ai_analysis", bad)]) is None
        for text in ("nul\0", "half \udfff"):
            assert one(alice, text) is many(alice, text) is one(alice, key=text) is many(alice, key=text) is None


@pytest.mark.parametrize("text", ["", "\\", "\n\t\x7f", "😀 é", "'; --", '"', "{}", "%s %(x)s"])
def test_any_other_text_is_kept_as_it_is(alice, text):
    make_lot(alice, tokens=100)
    asked = fingerprint("spend", "ai_analysis", {text: text})
    usage = postgresql.spend(alice.pk, "ai_analysis", metadata={text: text}, key=text, asked=asked)
    assert usage
    usage.refresh_from_db()
    assert usage.metadata == {text: text}
    again = spend(alice, "ai_analysis", metadata={text: text}, idempotency_key=text)
    assert again.pk == usage.pk
    assert [usage.metadata for usage in spend_many(alice, [("csv_import", {text: [text]})] * 2)] == [{text: [text]}] * 2


@pytest.mark.parametrize("ask", [one, many])
def test_the_last_moment_before_something_is_due_is_plain(alice, clock, ask):
    make_lot(alice, tokens=50, expires_at=LATER)
    make_lot(alice, tokens=50)
    clock.move_to(LATER - timedelta(microseconds=1))
    assert ask(alice)
    assert remaining_of(alice)[1] == 50


@pytest.mark.parametrize("ask", [one, many])
def test_the_last_tokens_of_a_lot_are_plain(alice, ask):
    make_lot(alice, tokens=5 if ask is one else 7, expires_at=LATER)
    make_lot(alice, tokens=50)
    assert ask(alice)
    assert remaining_of(alice) == [0, 50]
