"""A membership's month as it was paid: by card, or by credit that the customer had at Stripe."""

import pytest

from memberships.models import Subscription
from memberships.subscriptions import invoices
from memberships.testing.members import Member
from stripe_sandbox import testing
from tokens.models import Mail
from tokens.stripe_api import billing
from tokens.testing.money_shown import NOTHING, cells_of, history_of

pytestmark = pytest.mark.django_db


def give_credit(user, cents):
    """What a shop's owner does in Stripe's dashboard: a balance that the next invoices use up first."""
    testing.rewrite("customer", user.stripe_customer.stripe_id, balance=-cents)


@pytest.mark.parametrize(
    ("credit", "paid", "amount", "shown"),
    [(500, "$0.00", 0.0, "$0.00 List price $5.00"), (200, "$3.00", 3.0, "$3.00 List price $5.00")],
)
def test_a_renewal_that_credit_pays_for_shows_what_was_paid(
    sandbox, alice_page, api, alice, credit, paid, amount, shown
):
    member = Member(sandbox, alice)
    member.subscribe("pro")
    give_credit(alice, credit)
    member.advance(days=32)
    first = {"amount": 5.0, "price": 5.0, "refunded": NOTHING, "status": "completed"}
    assert history_of(api(alice)) == [{**first, "amount": amount}, first]
    for path in ("/tokens/purchases", "/membership/"):
        assert cells_of(alice_page.get(path), "Amount") == [shown, "$5.00"]
    receipt = Mail.objects.filter(kind="membership_paid").latest("pk")
    assert receipt.subject == f"Pro membership, 1 month: {paid} paid"
    assert f"\nPaid: {paid}\nList price: $5.00\n" in receipt.text
    assert ("We have received your payment." in receipt.text) == (amount > 0)


def test_the_price_of_a_renewal_is_before_its_discount(sandbox, alice):
    member = Member(sandbox, alice)
    member.subscribe("pro")
    member.decline_next(times=9)
    member.advance(days=32)
    subscription = Subscription.objects.get()
    latest = billing.retrieve_subscription(subscription.stripe_id)["latest_invoice"]["id"]
    # A coupon that goes on for months is given in Stripe's dashboard, which the sandbox does not have.
    discounted = {"status": "paid", "total": 250, "amount_paid": 250}
    renewal = invoices.record({**billing.retrieve_invoice(latest), **discounted}, subscription)
    assert renewal is not None
    assert (renewal.paid_cents, renewal.amount_cents) == (250, 500)
