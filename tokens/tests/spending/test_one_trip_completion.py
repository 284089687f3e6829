"""A paid session is worked by PostgreSQL's function or by the handlers, and no row tells which."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from tokens.catalog import get_catalog
from tokens.ledger import writer
from tokens.models import Dispute, MutedMail, Purchase, Refund, StripeEvent, Wallet
from tokens.purchases import lifecycle
from tokens.purchases.lifecycle import Buyer, Item
from tokens.purchases.reversals import follow_the_money
from tokens.spending.holds import hold
from tokens.spending.spends import spend
from tokens.stripe_api import gateway
from tokens.testing.ledger_rows import assert_books_are_right, make_lot
from tokens.testing.races import at_once
from tokens.testing.two_ways import TwoWays
from tokens.webhooks import inbox

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]
START = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def ways():
    with time_machine.travel(START, tick=False):
        yield TwoWays()


def ordered(user):
    purchase = lifecycle.order(user.pk, Item.of_package(get_catalog().package("pro")), buyer=Buyer())
    expires_at = timezone.now() + timedelta(days=1)
    return lifecycle.note_checkout(purchase, session_id=f"cs_{user.pk}", url="https://pay", expires_at=expires_at)


def session_of(purchase, **differs):
    session = {
        "id": purchase.stripe_checkout_session_id,
        "object": "checkout.session",
        "mode": "payment",
        "status": "complete",
        "payment_status": "paid",
        "livemode": False,
        "client_reference_id": str(purchase.user_id),
        "metadata": {"purchase_id": str(purchase.pk), "purchase_key": str(purchase.key)},
        "amount_subtotal": purchase.amount_cents,
        "amount_total": purchase.amount_cents,
        "total_details": {"amount_discount": 0},
        "allow_promotion_codes": None,
        "currency": purchase.currency,
        "payment_intent": f"pi_{purchase.user_id}",
        "subscription": None,
        "invoice": None,
    }
    return {**session, **differs}


def deliver(purchase, name="evt", type="checkout.session.completed", **differs):
    payload = {
        "id": f"{name}_{purchase.user_id}",
        "type": type,
        "livemode": False,
        "api_version": gateway.API_VERSION,
        "data": {"object": session_of(purchase, **differs)},
    }
    return inbox.receive(payload).status


def filed(ways):
    """The event's row, the same for both but for what is one user's own."""
    rows = [
        [(row.status, row.attempts, re.sub(r"\d+", "#", row.last_error), row.next_try_at, row.done_at, row.api_version)]
        for row in StripeEvent.objects.filter(stripe_id__startswith="evt_").order_by("stripe_id")
    ]
    half = len(rows) // 2
    assert rows[:half] == rows[half:]
    return rows[0]


# --- what may be so when the event comes, and how the session may differ ------------------------------------------


def nothing_else(user):
    return ordered(user)


def it_had_failed(user):
    return lifecycle.fail(ordered(user))


def it_had_expired(user):
    return lifecycle.expire(ordered(user))


def the_bank_was_asked(user):
    return lifecycle.mark_processing(ordered(user), payment_intent=f"pi_{user.pk}")


def its_page_was_not_noted(user):
    purchase = lifecycle.order(user.pk, Item.of_package(get_catalog().package("pro")), buyer=Buyer())
    purchase.stripe_checkout_session_id = f"cs_{user.pk}"
    return purchase


def receipts_are_muted(user):
    MutedMail.objects.create(user=user, kind="purchase_completed")
    return ordered(user)


def spending_is_stopped(user):
    writer.block(writer.lock_wallet(user.pk), at=timezone.now())
    return ordered(user)


def there_are_totals_already(user):
    make_lot(user, tokens=50, paid_cents=100)
    return ordered(user)


def tokens_are_owed(user):
    lot = make_lot(user, tokens=20, paid_cents=100)
    spend(user, "data_export")
    give_back(lot.purchase, 100)
    return ordered(user)


def a_hold_has_run_out(user):
    make_lot(user, tokens=50)
    hold(user, "data_export", expires_in=timedelta(minutes=1))
    Wallet.objects.filter(pk=user.pk).update(due_at=START)
    return ordered(user)


def a_refund_came_first(user):
    purchase = ordered(user)
    give_back(purchase, 1000)
    return purchase


def it_is_paid(user):
    return lifecycle.complete(ordered(user), payment_intent=f"pi_{user.pk}", paid_cents=4000)


def its_payment_paid_another(user):
    other = make_lot(user, tokens=7).purchase
    Purchase.objects.filter(pk=other.pk).update(stripe_payment_intent_id=f"pi_{user.pk}")
    return ordered(user)


def it_was_simulated(user):
    purchase = ordered(user)
    Purchase.objects.filter(pk=purchase.pk).update(is_simulated=True)
    return purchase


def another_lot_is_disputed(user):
    note_dispute(make_lot(user, tokens=50, paid_cents=100).purchase)
    return ordered(user)


def a_dispute_came_first(user):
    purchase = ordered(user)
    note_dispute(purchase)
    return purchase


def it_costs_yen(user):
    purchase = ordered(user)
    Purchase.objects.filter(pk=purchase.pk).update(currency="jpy")
    purchase.currency = "jpy"
    return purchase


def note_dispute(purchase):
    Dispute.objects.create(
        stripe_id=f"dp_{purchase.pk}",
        user_id=purchase.user_id,
        purchase=purchase,
        status="needs_response",
        amount_cents=100,
        withdrawn_cents=0,
        fetched_at=timezone.now(),
    )
    follow_the_money(purchase)


def give_back(purchase, cents):
    Refund.objects.create(
        user_id=purchase.user_id, purchase=purchase, amount_cents=cents, source="staff", status="succeeded"
    )
    follow_the_money(purchase)


PLAIN = [
    nothing_else,
    it_had_failed,
    it_had_expired,
    the_bank_was_asked,
    its_page_was_not_noted,
    receipts_are_muted,
    spending_is_stopped,
    there_are_totals_already,
    another_lot_is_disputed,
    it_costs_yen,
]
ODD = [
    tokens_are_owed,
    a_hold_has_run_out,
    a_refund_came_first,
    a_dispute_came_first,
    it_is_paid,
    its_payment_paid_another,
    it_was_simulated,
]
FREE = {"payment_status": "no_payment_required", "payment_intent": None, "amount_total": 0}
CODE = {"allow_promotion_codes": True, "total_details": {"amount_discount": 4000}}
PART = {"allow_promotion_codes": True, "total_details": {"amount_discount": 1000}, "amount_total": 3000}
WRONG = [
    {"client_reference_id": "0"},
    {"client_reference_id": None},
    {"amount_subtotal": 1},
    {"amount_total": 3000},
    {"currency": "eur"},
    {"livemode": True},
    {"id": "cs_of_another"},
    {"total_details": {"amount_discount": 1000}, "amount_total": 3000},
    {"payment_status": "unpaid"},
    {"metadata": {"purchase_key": "0" * 32}},
    {"metadata": {"purchase_key": "of another shop"}},
    {"metadata": {}},
    {"metadata": None},
]


@pytest.mark.parametrize("before", PLAIN)
@pytest.mark.parametrize("differs", [{}, PART, FREE | CODE], ids=["paid", "with a code", "free"])
def test_a_plain_completion_is_one_statement_and_the_same_rows(ways, before, differs):
    orders = {user: before(user) for user in ways.users.values()}
    assert ways.both(lambda user: deliver(orders[user], **differs)) == "done"
    assert (ways.handed_on, ways.answered) == ({}, {"complete": 1})
    assert filed(ways) == [("done", 1, "", None, START, gateway.API_VERSION)]
    assert_books_are_right()


@pytest.mark.parametrize("before", ODD)
def test_what_is_not_plain_is_left_to_the_handlers(ways, before):
    orders = {user: before(user) for user in ways.users.values()}
    ways.both(lambda user: deliver(orders[user]))
    filed(ways)
    assert (ways.handed_on, ways.answered) == ({"complete": 1}, {})


@pytest.mark.parametrize("differs", WRONG, ids=str)
def test_a_session_that_is_not_as_it_should_be_credits_nothing_either_way(ways, differs):
    orders = {user: ordered(user) for user in ways.users.values()}
    ways.both(lambda user: deliver(orders[user], **differs))
    filed(ways)
    assert ways.answered == {}
    assert {wallet.balance for wallet in Wallet.objects.all()} == {0}


def test_news_that_comes_twice_or_under_two_names_credits_once(ways):
    orders = {user: ordered(user) for user in ways.users.values()}
    for name in ("evt", "evt", "evt_twin", "evt"):
        assert ways.both(lambda user, name=name: deliver(orders[user], name)) == "done"
    assert {wallet.balance for wallet in Wallet.objects.all()} == {500}


def test_news_whose_first_delivery_failed_is_worked_by_the_next(ways):
    orders = {user: ordered(user) for user in ways.users.values()}
    for user, purchase in orders.items():
        payload = {"data": {"object": session_of(purchase)}}
        about = {"type": "checkout.session.completed", "livemode": False, "payload": payload}
        StripeEvent.objects.create(stripe_id=f"evt_{user.pk}", status="failed", attempts=1, last_error="oh", **about)
    assert ways.both(lambda user: deliver(orders[user])) == "done"
    assert filed(ways)[0][:3] == ("done", 2, "")
    assert {wallet.balance for wallet in Wallet.objects.all()} == {500}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("names", [["evt"], ["evt", "evt_twin"]], ids=["the same", "two names"])
def test_eight_deliveries_at_once_half_of_them_by_the_handlers_credit_once(alice, names, monkeypatch):
    purchase = ordered(alice)
    shortcut = inbox._shortcuts["checkout.session.completed"]

    def of_every_other(event):
        return shortcut(event) if next(turn) % 2 else None

    turn = iter(range(100))
    monkeypatch.setitem(inbox._shortcuts, "checkout.session.completed", of_every_other)
    outcomes = at_once(lambda number: deliver(purchase, names[number % len(names)]))
    assert outcomes == ["done"] * 8
    assert Wallet.objects.get().balance == 500
    assert_books_are_right()
