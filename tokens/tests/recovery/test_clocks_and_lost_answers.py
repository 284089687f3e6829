"""Clocks that disagree, answers that were lost, other shops' words and other currencies: nothing is stuck or lost."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from stripe_sandbox import testing
from tokens.errors import CallUnderWay, InsufficientTokens, KeyReused, NotOurs, StripeFailed
from tokens.ledger.due import apply_due_everywhere
from tokens.ledger.wallet import get_token_balance
from tokens.models import LedgerEntry, Lot, Purchase, Refund, StripeEvent, Wallet
from tokens.purchases import refunds
from tokens.purchases.refunds import refund
from tokens.spending.holds import hold, release
from tokens.spending.quote import quote
from tokens.spending.spends import spend
from tokens.staff.grants import grant
from tokens.stripe_api import foreign_money, gateway
from tokens.stripe_api.lookups import purchase_behind
from tokens.sweep import settle_late_purchases
from tokens.testing.ledger_rows import make_lot

pytestmark = pytest.mark.django_db


@pytest.fixture
def bought(sandbox, alice):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    sandbox.deliver(sandbox.event(purchase))
    purchase.refresh_from_db()
    return purchase


def test_a_machine_whose_clock_is_behind_cannot_make_a_lot_expire_twice(alice, monkeypatch):
    soon = timezone.now() + timedelta(hours=1)
    make_lot(alice, tokens=10, expires_at=soon)
    make_lot(alice, tokens=10)
    held = hold(alice, "ai_analysis", expires_in=timedelta(hours=5))
    with monkeypatch.context() as ahead:
        ahead.setattr("django.utils.timezone.now", lambda: soon + timedelta(seconds=1))
        spend(alice, "import_domain")  # expires what remains of the first lot
    with monkeypatch.context() as behind:
        behind.setattr("django.utils.timezone.now", lambda: soon - timedelta(seconds=1))
        release(held)
        spend(alice, "import_domain")
    assert get_token_balance(alice.pk) == 8
    assert LedgerEntry.objects.filter(kind="expire").count() == 2


@pytest.mark.usefixtures("each_way")
def test_what_has_expired_stays_expired_for_every_machine_whose_clock_is_behind(alice, monkeypatch):
    soon = timezone.now() + timedelta(hours=1)
    make_lot(alice, tokens=10, expires_at=soon)
    make_lot(alice, tokens=10)
    held = hold(alice, "ai_analysis", expires_in=timedelta(hours=5))
    with monkeypatch.context() as ahead:
        ahead.setattr("django.utils.timezone.now", lambda: soon + timedelta(seconds=1))
        spend(alice, "import_domain")  # expires what remains of the first lot
    with monkeypatch.context() as behind:
        behind.setattr("django.utils.timezone.now", lambda: soon - timedelta(seconds=1))
        spend(alice, "import_domain")
        release(held)
    assert Wallet.objects.get().updated_at == soon + timedelta(seconds=1)
    assert get_token_balance(alice.pk) == 8


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_one_wallet_that_cannot_be_brought_up_to_date_stops_no_other(alice, bob, staff):
    for user in (alice, bob):
        grant(user, tokens=10, reason="gift", by=staff, expires_at=timezone.now() + timedelta(minutes=1))
    past = timezone.now() - timedelta(minutes=1)
    Lot.objects.update(expires_at=past)
    Wallet.objects.update(due_at=past)
    Wallet.objects.filter(pk=alice.pk).update(
        balance=3
    )  # the books disagree: expiring ten would break the wallet's rule
    assert apply_due_everywhere() == 1
    assert get_token_balance(bob.pk) == 0
    Wallet.objects.filter(pk=alice.pk).update(balance=10)


def test_a_refund_that_stripe_made_is_heard_of_after_a_refusal_was_noted_here(sandbox, bought, monkeypatch):
    real = gateway.create_refund

    def answer_lost(**params):
        real(**params)
        raise StripeFailed("Stripe refused the request.")

    monkeypatch.setattr(gateway, "create_refund", answer_lost)
    row = refund(bought, amount_cents=4000, reason="as agreed", by=None)
    assert (row.status, get_token_balance(bought.user_id)) == ("failed", 500)
    (made,) = gateway.list_refunds(bought.stripe_payment_intent_id)
    refunds.record_refund(bought, made)
    row.refresh_from_db()
    assert (row.status, get_token_balance(bought.user_id)) == ("succeeded", 0)


def test_a_key_that_stripe_does_not_accept_refuses_no_refund(bought, settings):
    key, settings.STRIPE_SECRET_KEY = settings.STRIPE_SECRET_KEY, "nonsense"
    row = refund(bought, amount_cents=4000, reason="as agreed", by=None)
    assert row.status == "requested"
    settings.STRIPE_SECRET_KEY = key
    assert refunds.send(row).status == "succeeded"


def test_a_refund_whose_first_call_is_still_under_way_waits_for_it(bought, monkeypatch):
    def under_way(**params):
        raise CallUnderWay

    monkeypatch.setattr(gateway, "create_refund", under_way)
    assert refund(bought, amount_cents=4000, reason="as agreed", by=None).status == "requested"


def test_one_key_is_one_refund_of_one_amount(bought):
    key = uuid.uuid4()
    refund(bought, amount_cents=1000, reason="as agreed", by=None, key=key)
    with pytest.raises(KeyReused):
        refund(bought, amount_cents=1001, reason="as agreed", by=None, key=key)
    assert Refund.objects.count() == 1


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        ([("usd", -4400)], (4000, 0)),
        ([("usd", -4400), ("usd", 4500)], (4000, 4000)),
        ([("usd", -4400), ("usd", 2200)], (4000, 2000)),
        ([("eur", -4000), ("eur", 4000)], (4000, 4000)),
        ([("eur", -5500)], (4000, 0)),
        ([], (0, 0)),
    ],
)
def test_dispute_money_is_read_in_the_currency_of_the_purchase(moved, expected):
    transactions = [{"currency": currency, "amount": amount} for currency, amount in moved]
    dispute = {"amount": 4000, "currency": "eur", "balance_transactions": transactions}
    found = foreign_money.withdrawal_of(Purchase(currency="eur", paid_cents=4000), dispute)
    assert (found.withdrawn, found.reinstated, found.unclear) == (*expected, "")


def test_what_another_shop_wrote_as_its_pointer_is_not_ours(sandbox, bought, monkeypatch):
    monkeypatch.setattr(gateway, "metadata_of_payment_intent", lambda _: {"purchase_key": "hat-7"})
    with pytest.raises(NotOurs):
        purchase_behind({"payment_intent": "pi_of_another_shop"})
    session = {"id": "cs_1", "object": "checkout.session", "metadata": {"purchase_key": "hat-7"}, "mode": "payment"}
    event = {"id": "evt_1", "object": "event", "type": "checkout.session.completed", "livemode": False}
    assert sandbox.deliver({**event, "data": {"object": session}}).status_code == 200
    assert StripeEvent.objects.get(stripe_id="evt_1").status == "not_ours"


def test_a_fault_before_the_work_is_kept_and_tried_later(sandbox, bought, monkeypatch):
    monkeypatch.setattr(gateway, "list_refunds", lambda _: 1 / 0)
    testing.refund(bought.stripe_payment_intent_id, 100)
    event = next(event for event in testing.events_since(None)[::-1] if event["type"] == "charge.refunded")
    assert sandbox.deliver(event).status_code == 500
    row = StripeEvent.objects.get(stripe_id=event["id"])
    assert (row.status, row.attempts, row.last_error) == ("failed", 1, "ZeroDivisionError: division by zero")


def test_the_smallest_package_covers_the_debt_too(alice, bought):
    for _ in range(50):
        spend(alice, "data_export")
    refund(bought, amount_cents=1600, reason="goodwill", by=None, beyond_offer=True)
    found = quote(alice.pk, [("data_export", 1)])
    assert found.smallest_package is not None
    assert (found.balance, found.shortfall, found.smallest_package.key) == (-200, 210, "pro")
    with pytest.raises(InsufficientTokens) as refused:
        spend(alice, "data_export")
    assert refused.value.shortfall == 210


def test_a_reversal_does_not_take_from_what_has_expired(alice, staff, bought):
    for _ in range(50):
        spend(alice, "data_export")
    grant(alice, tokens=100, reason="gift", by=staff, expires_at=timezone.now() + timedelta(minutes=1))
    past = timezone.now() - timedelta(seconds=1)
    Lot.objects.filter(grant__isnull=False).update(expires_at=past)
    Wallet.objects.update(due_at=past)
    refund(bought, amount_cents=4000, reason="goodwill", by=None, beyond_offer=True)
    assert get_token_balance(alice.pk) == -500


def test_a_stripe_that_cannot_be_reached_is_asked_once_by_a_sweep(sandbox, alice, bob, settings, monkeypatch):
    for user in (alice, bob):
        sandbox.pay(sandbox.buy(user))
    Purchase.objects.update(created_at="2026-01-01T00:00Z")
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    asked = []
    real = gateway.retrieve_checkout_session

    def ask(session_id):
        asked.append(session_id)
        return real(session_id)

    monkeypatch.setattr(gateway, "retrieve_checkout_session", ask)
    assert settle_late_purchases() == 0
    assert len(asked) == 1
