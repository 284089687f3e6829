"""Every kind of difference with Stripe, made for real and never told: repaired once, and then there is none."""

import pytest

from stripe_sandbox import testing
from tokens.ledger.wallet import get_token_balance
from tokens.models import Dispute, Purchase
from tokens.purchases.lifecycle import complete, simulate_token_purchase
from tokens.reconciliation.run import reconcile
from tokens.stripe_api import gateway
from tokens.sweep import settle_late_purchases
from tokens.testing.buying import buy
from tokens.testing.ledger_rows import entries_of
from tokens.testing.reconciled import assert_repaired_once, report, status_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def processing(sandbox, alice):
    """A Pro Pack whose buyer is done and whose bank is not, with the event about that."""
    return buy(sandbox, alice, bank="000123456789")


# --- payments ----------------------------------------------------------------------


def test_a_payment_never_told_is_credited(sandbox, alice):
    purchase = sandbox.buy(alice)
    session = sandbox.pay(purchase)
    line = f"checkout session {session['id']}: purchase {purchase.pk} pending here, complete/paid at Stripe; repaired."
    assert_repaired_once(line)
    assert (status_of(purchase), entries_of(alice)) == ("completed", [("credit", 500, 500)])


def test_a_free_purchase_never_told_is_credited(sandbox, alice, settings):
    settings.STRIPE_PROMOTION_CODES = True
    purchase = sandbox.buy(alice)
    session_id = sandbox.pay(purchase, code="FREE100")["id"]
    assert_repaired_once(
        f"checkout session {session_id}: purchase {purchase.pk} pending here, complete/no_payment_required at Stripe; "
        "repaired."
    )
    assert get_token_balance(alice.pk) == 500


def test_a_discount_that_is_no_longer_offered_is_no_difference(sandbox, alice, settings):
    settings.STRIPE_PROMOTION_CODES = True
    buy(sandbox, alice, code="HALF50")
    settings.STRIPE_PROMOTION_CODES = False
    assert report() == []


def test_a_bank_payment_never_told_is_processing_then_credited(sandbox, alice):
    purchase = sandbox.buy(alice)
    session_id = sandbox.pay(purchase, bank="000123456789")["id"]
    here = f"checkout session {session_id}: purchase {purchase.pk}"
    assert_repaired_once(f"{here} pending here, complete/unpaid at Stripe; repaired.")
    assert (status_of(purchase), get_token_balance(alice.pk)) == ("processing", 0)
    testing.settle(session_id)
    assert_repaired_once(f"{here} processing here, complete/paid at Stripe; repaired.")
    assert get_token_balance(alice.pk) == 500


def test_a_bank_payment_that_bounced_unheard_is_failed_and_credited_once_if_it_is_paid_later(
    sandbox, alice, processing
):
    session_id = processing.stripe_checkout_session_id
    testing.bounce(session_id)
    assert_repaired_once(
        f"checkout session {session_id}: purchase {processing.pk} processing here, "
        "complete/unpaid and its payment failed at Stripe; repaired."
    )
    assert (status_of(processing), get_token_balance(alice.pk)) == ("failed", 0)
    paid = sandbox.event(processing)
    paid = {**paid, "id": "evt_late", "data": {"object": {**paid["data"]["object"], "payment_status": "paid"}}}
    assert {sandbox.deliver(event).status_code for event in (paid, {**paid, "id": "evt_later"})} == {200}
    assert (status_of(processing), entries_of(alice)) == ("completed", [("credit", 500, 500)])


def test_the_sweep_sees_that_a_bank_payment_bounced(processing):
    testing.bounce(processing.stripe_checkout_session_id)
    Purchase.objects.update(created_at="2026-01-01T00:00Z")
    assert [settle_late_purchases(), status_of(processing)] == [1, "failed"]


def test_a_pending_purchase_whose_payment_bounced_unheard_is_failed(sandbox, alice):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase, bank="000123456789")
    testing.bounce(purchase.stripe_checkout_session_id)
    assert len(report()) == 1
    assert (status_of(purchase), report()) == ("failed", [])
    assert purchase.stripe_payment_intent_id is not None


def test_a_page_that_closed_unheard_is_expired(sandbox, alice):
    purchase = sandbox.buy(alice)
    testing.advance(seconds=25 * 3600)
    assert len(report()) == 1
    assert (status_of(purchase), report()) == ("expired", [])


def test_an_order_older_than_what_is_compared_is_asked_about(processing, alice):
    testing.settle(processing.stripe_checkout_session_id)
    Purchase.objects.update(created_at="2026-01-01T00:00Z")
    later = processing.created_at.replace(year=2030)
    assert (reconcile(later).repaired, reconcile(later).report) == (1, "")
    assert get_token_balance(alice.pk) == 500


def test_an_order_whose_page_stripe_does_not_know_is_expired(sandbox, alice):
    purchase = sandbox.buy(alice)
    Purchase.objects.update(stripe_checkout_session_id="cs_test_elsewhere")
    assert_repaired_once(
        f"checkout session cs_test_elsewhere: purchase {purchase.pk} pending here, unknown at Stripe; repaired."
    )
    assert status_of(purchase) == "expired"


def test_a_session_that_differs_from_its_purchase_is_named_and_nothing_is_credited(sandbox, alice):
    purchase = sandbox.buy(alice)
    session_id = sandbox.pay(purchase)["id"]
    Purchase.objects.update(amount_cents=1)
    (line,) = report()
    assert f"{session_id}: purchase {purchase.pk} pending here, complete/paid, other amount_subtotal" in line
    assert "not repaired: Checkout Session" in line
    assert (status_of(purchase), entries_of(alice), len(report())) == ("pending", [], 1)


def test_one_session_that_differs_stops_no_other(sandbox, alice, bob):
    bad, good = sandbox.buy(alice), sandbox.buy(bob)
    sandbox.pay(good)
    sandbox.pay(bad)
    Purchase.objects.filter(pk=bad.pk).update(currency="eur")
    run = reconcile()
    assert (run.repaired, run.unrepaired, get_token_balance(bob.pk)) == (1, 1, 500)


# --- what is here and not there ------------------------------------------------------


def test_a_purchase_paid_here_whose_session_stripe_does_not_know_cannot_be_repaired(bought):
    Purchase.objects.update(stripe_checkout_session_id="cs_test_invented")
    assert [line for line in report() if "cs_test_invented: " in line] == [
        f"checkout session cs_test_invented: purchase {bought.pk} completed here, unknown at Stripe; "
        f"not repaired: then it was purchase {bought.pk} completed here, unknown at Stripe."
    ]


def test_a_purchase_paid_here_and_open_at_stripe_cannot_be_repaired(sandbox, alice):
    purchase = sandbox.buy(alice)
    complete(purchase, payment_intent=None, paid_cents=4000)
    assert [line.split("; ")[1][:12] for line in report()] == ["not repaired"]


@pytest.mark.breaks_the_books
def test_a_purchase_paid_here_without_any_session_cannot_be_repaired(sandbox, alice):
    simulate_token_purchase(alice.pk, "pro")
    assert report() == []
    Purchase.objects.update(is_simulated=False)
    (line,) = report()
    assert "completed here, no checkout session at Stripe; not repaired" in line


@pytest.mark.breaks_the_books
def test_a_purchase_that_was_paid_otherwise_cannot_be_repaired(bought):
    Purchase.objects.update(paid_cents=3999, stripe_payment_intent_id="pi_other")
    (line,) = report()
    assert "complete/paid, other amount_total, other payment_intent at Stripe; not repaired" in line


def test_a_payment_for_a_purchase_this_database_lacks_is_left_to_who_restored_it(sandbox, alice):
    purchase = sandbox.buy(alice)
    session_id = sandbox.pay(purchase)["id"]
    Purchase.objects.all().delete()
    assert report() == [
        f"checkout session {session_id}: no purchase {purchase.key} here, complete/paid at Stripe; "
        "not repaired: it is not in this database. If that was restored from before it, "
        "`./dev manage reconcile --adopt` makes it again."
    ]


@pytest.mark.parametrize("metadata", [{}, {"order": "7"}, {"purchase_key": "hat-7"}])
def test_what_another_shop_on_the_account_sold_and_gave_back_is_none_of_ours(sandbox, metadata):
    price = {"currency": "usd", "unit_amount": 900, "product_data": {"name": "A hat"}}
    order = {
        "mode": "payment",
        "line_items": [{"price_data": price, "quantity": 1}],
        "success_url": "http://hats.example/",
        "metadata": metadata,
    }
    session = testing.pay(gateway.create_checkout_session(order, idempotency_key=f"hat {metadata}")["id"])
    testing.refund(session["payment_intent"], 100)
    testing.warn(session["payment_intent"])
    testing.dispute(session["payment_intent"])
    assert report() == []
    assert not Dispute.objects.exists()
