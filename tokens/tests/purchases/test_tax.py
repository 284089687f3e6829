"""Tax on top of the price: kept and shown; refunds and disputes include it, and what tokens are worth leaves it out."""

import pytest
from django.db.models import Sum

from stripe_sandbox import testing
from tokens.emails import kinds
from tokens.ledger.wallet import get_token_balance
from tokens.models import LedgerEntry, Mail, StripeEvent
from tokens.purchases.refunds import offered_cents
from tokens.spending.spends import spend
from tokens.testing.dispute_news import deliver_disputes
from tokens.testing.ledger_rows import assert_books_are_right
from tokens.testing.money_shown import cells_of, words_of
from tokens.testing.reconciled import report
from tokens.testing.refund_news import give_back

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def with_tax(settings):
    settings.STRIPE_TAX = True


def buy(sandbox, user, **buyer):
    """A Pro Pack for $40.00, plus 19% for a buyer in Germany."""
    purchase = sandbox.buy(user)
    sandbox.pay(purchase, **{"country": "DE", "postal_code": "10115", **buyer})
    assert sandbox.deliver(sandbox.event(purchase)).status_code == 200
    purchase.refresh_from_db()
    return purchase


def told_of(purchase):
    """What reconciliation finds wrong with it; other tests have made other purchases at the same Stripe."""
    ids = (str(purchase.key), purchase.stripe_checkout_session_id, purchase.stripe_payment_intent_id)
    return [line for line in report() if any(id in line for id in ids)]


def test_what_was_paid_includes_the_tax_and_what_the_tokens_are_worth_does_not(sandbox, alice):
    purchase = buy(sandbox, alice)
    assert (purchase.amount_cents, purchase.paid_cents, purchase.tax_cents) == (4000, 4760, 760)
    assert (purchase.lot.tokens, purchase.lot.paid_cents) == (500, 4000)
    assert LedgerEntry.objects.aggregate(worth=Sum("worth_cents"))["worth"] == 4000
    spend(alice, "data_export")
    assert_books_are_right()
    assert told_of(purchase) == []


def test_the_tax_is_shown_wherever_the_payment_is(sandbox, alice, alice_page, api):
    purchase = buy(sandbox, alice)
    shown = "$47.60 Tax included $7.60 List price $40.00"
    for path in ("/tokens/", "/tokens/purchases"):
        assert cells_of(alice_page.get(path), "Amount")[-1] == shown
    success = alice_page.get("/tokens/success", {"session_id": purchase.stripe_checkout_session_id})
    assert f"Amount paid {shown}" in words_of(success)
    receipt = kinds.compose(Mail.objects.get(kind="purchase_completed"))
    assert "\nPaid: $47.60\nTax included: $7.60\nList price: $40.00\n" in receipt.text
    row = api(alice).get(f"/api/tokens/purchases/{purchase.pk}").json()
    assert (row["price"], row["paid"], row["tax"]) == (40.0, 47.6, 7.6)


@pytest.mark.parametrize(("buyer", "tax"), [({"tax_id": "DE123456789"}, 0), ({"country": "BR"}, 0), ({}, 760)])
def test_a_tax_id_or_a_place_without_tax_makes_it_none(sandbox, alice, buyer, tax):
    purchase = buy(sandbox, alice, **buyer)
    assert (purchase.paid_cents, purchase.tax_cents, purchase.status) == (4000 + tax, tax, "completed")


def test_a_discount_comes_off_before_the_tax(sandbox, alice, settings):
    settings.STRIPE_PROMOTION_CODES = True
    purchase = buy(sandbox, alice, code="HALF50")
    assert (purchase.paid_cents, purchase.tax_cents, purchase.lot.paid_cents) == (2380, 380, 2000)


def test_a_buyer_who_is_known_buys_again(sandbox, alice):
    first, second = buy(sandbox, alice), buy(sandbox, alice)
    assert (first.pk, second.paid_cents) == (second.pk - 1, 4760)


@pytest.mark.parametrize(("cents", "left"), [(4760, 0), (2380, 250), (952, 400), (1, 500)])
def test_a_refund_is_of_what_was_paid_and_takes_its_share_of_the_tokens(sandbox, alice, cents, left):
    purchase = buy(sandbox, alice)
    assert offered_cents(purchase) == 4760
    refund = give_back(purchase, cents)
    assert (refund.status, get_token_balance(alice.pk)) == ("succeeded", left)
    assert_books_are_right()
    assert told_of(purchase) == []


def test_what_is_offered_is_the_unspent_share_of_the_whole(sandbox, alice):
    purchase = buy(sandbox, alice)
    for _ in range(25):
        spend(alice, "data_export")
    assert offered_cents(purchase) == 2380


def test_a_dispute_takes_all_tokens_with_all_of_the_money(sandbox, alice):
    purchase = buy(sandbox, alice, card="4000000000000259")
    deliver_disputes(sandbox, purchase)
    purchase.refresh_from_db()
    assert (purchase.reversed_cents, get_token_balance(alice.pk)) == (4760, 0)
    assert_books_are_right()


OFF = {"enabled": False, "liability": None, "provider": None, "status": None}


@pytest.mark.parametrize(
    "changes",
    [
        {"automatic_tax": OFF},
        {"automatic_tax": None},
        {"amount_total": 4000},
        {"amount_total": 4761},
        {"amount_total": 4759},
        {"total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}},
        {"total_details": {"amount_discount": 760, "amount_shipping": 0, "amount_tax": 760}, "amount_total": 4000},
        {"total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": -100}, "amount_total": 3900},
        {"total_details": None, "amount_total": 4760},
    ],
)
def test_nothing_but_the_tax_that_was_asked_for_may_differ_from_the_price(sandbox, alice, changes):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase, country="DE")
    event = sandbox.event(purchase)
    event["data"]["object"] |= changes
    assert sandbox.deliver(event).status_code == 500
    assert "amount_total" in StripeEvent.objects.get().last_error
    purchase.refresh_from_db()
    assert (purchase.status, get_token_balance(alice.pk)) == ("pending", 0)


def test_a_page_opened_before_the_setting_changed_keeps_its_terms(sandbox, alice, settings):
    purchase = sandbox.buy(alice)
    settings.STRIPE_TAX = False
    sandbox.pay(purchase, country="DE")
    assert sandbox.deliver(sandbox.event(purchase)).status_code == 200
    purchase.refresh_from_db()
    assert (purchase.status, purchase.tax_cents) == ("completed", 760)


def test_the_invoice_says_the_tax(sandbox, alice):
    purchase = buy(sandbox, alice)
    (invoice,) = (each for each in testing.current().objects("invoice") if each["id"] == purchase.stripe_invoice_id)
    assert (invoice["total"], invoice["total_taxes"][0]["amount"], invoice["customer_address"]["country"]) == (
        4760,
        760,
        "DE",
    )
