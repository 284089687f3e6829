"""From the click to the hosted page: one open Checkout Session per order, and nothing half-made."""

from datetime import UTC, datetime, timedelta

import pytest
import stripe
import time_machine
from django.utils import timezone

from stripe_sandbox import testing
from tokens.errors import StripeFailed, StripeUnreachable, UnknownPackage
from tokens.ledger.wallet import get_token_balance
from tokens.models import Purchase, StripeCustomer, TokenPackage
from tokens.purchases.checkout import open_checkout, settle_session
from tokens.purchases.lifecycle import Buyer
from tokens.stripe_api import gateway
from tokens.testing.ledger_rows import assert_books_are_right
from tokens.testing.sandbox import HERE

pytestmark = pytest.mark.django_db

NOBODY_LISTENS = "http://127.0.0.1:9"


def session_of(purchase):
    return gateway.retrieve_checkout_session(purchase.stripe_checkout_session_id)


def test_an_order_opens_a_hosted_page_with_our_price_and_our_pointer(sandbox, alice):
    purchase = sandbox.buy(alice)
    session = session_of(purchase)
    assert (purchase.status, purchase.checkout_url) == ("pending", session["url"])
    assert {
        name: session[name] for name in ("mode", "amount_total", "currency", "client_reference_id", "metadata")
    } == {
        "mode": "payment",
        "amount_total": 4000,
        "currency": "usd",
        "client_reference_id": str(alice.pk),
        "metadata": {
            "purchase_id": str(purchase.pk),
            "purchase_key": str(purchase.key),
            "package": "pro",
            "description": "Pro Pack: 500 tokens",
            "tokens": "500",
            "price": "4000",
        },
    }
    assert session["success_url"] == "http://testserver/tokens/success?session_id={CHECKOUT_SESSION_ID}"
    assert session["cancel_url"] == "http://testserver/tokens/cancel?package=pro"
    assert purchase.checkout_expires_at == datetime.fromtimestamp(session["expires_at"], UTC)
    assert (purchase.client_ip, purchase.user_agent) == ("127.0.0.1", "a test")


def test_the_payment_intent_carries_the_pointer_too(sandbox, alice, settings):
    purchase = sandbox.buy(alice)
    intent = sandbox.pay(purchase)["payment_intent"]
    client = stripe.StripeClient("sk_test_sandbox", base_addresses={"api": settings.STRIPE_API_BASE})
    metadata = client.v1.payment_intents.retrieve(intent).metadata.to_dict()
    assert metadata == {"purchase_id": str(purchase.pk), "purchase_key": str(purchase.key)}


def test_a_double_click_gets_the_same_page(sandbox, alice):
    first, second = sandbox.buy(alice), sandbox.buy(alice)
    assert (first.pk, first.checkout_url) == (second.pk, second.checkout_url)
    assert Purchase.objects.count() == 1


def test_another_pack_is_another_order(sandbox, alice):
    assert sandbox.buy(alice, "pro").pk != sandbox.buy(alice, "starter").pk


def test_another_user_gets_an_order_of_their_own(sandbox, alice, bob):
    assert sandbox.buy(alice).checkout_url != sandbox.buy(bob).checkout_url


def test_an_order_from_another_address_returns_to_that_address(sandbox, alice):
    sandbox.buy(alice)
    elsewhere = open_checkout(alice.pk, "pro", buyer=Buyer(origin="http://other.example"))
    assert session_of(elsewhere)["success_url"].startswith("http://other.example/tokens/success")


def test_a_new_price_opens_a_new_page_and_leaves_the_old_order_alone(sandbox, alice):
    old = sandbox.buy(alice)
    TokenPackage.objects.filter(key="pro").update(price_cents=4500)
    new = sandbox.buy(alice)
    assert (new.amount_cents, session_of(new)["amount_total"]) == (4500, 4500)
    sandbox.pay(old)
    assert settle_session(session_of(old)).status == "completed"
    assert get_token_balance(alice.pk) == 500


def test_a_page_that_expired_at_stripe_is_not_offered_again(sandbox, alice):
    first = sandbox.buy(alice)
    testing.advance(seconds=25 * 3600)
    second = sandbox.buy(alice)
    first.refresh_from_db()
    assert (first.status, second.status) == ("expired", "pending")
    assert first.checkout_url != second.checkout_url


def test_buying_again_before_the_webhook_credits_the_first_and_opens_a_second(sandbox, alice):
    first = sandbox.buy(alice)
    sandbox.pay(first)
    second = sandbox.buy(alice)
    first.refresh_from_db()
    assert (first.status, second.status, get_token_balance(alice.pk)) == ("completed", "pending", 500)
    assert_books_are_right()


def test_a_page_that_stripe_has_forgotten_is_replaced(sandbox, alice):
    first = sandbox.buy(alice)
    Purchase.objects.update(stripe_checkout_session_id="cs_test_of_a_sandbox_that_was_reset")
    second = sandbox.buy(alice)
    first.refresh_from_db()
    assert (first.status, second.status) == ("expired", "pending")


def test_each_user_is_one_customer_at_stripe(sandbox, alice):
    sandbox.buy(alice, "pro")
    sandbox.buy(alice, "starter")
    customers = {session_of(purchase)["customer"] for purchase in Purchase.objects.all()}
    assert customers == {StripeCustomer.objects.get(user=alice).stripe_id}


def test_a_customer_that_stripe_has_forgotten_is_made_again(sandbox, alice):
    StripeCustomer.objects.create(user=alice, stripe_id="cus_of_another_account")
    purchase = sandbox.buy(alice)
    assert session_of(purchase)["customer"] == StripeCustomer.objects.get().stripe_id != "cus_of_another_account"


def test_stripe_is_told_when_the_users_address_changes(sandbox, alice, settings):
    sandbox.buy(alice)
    alice.email = "new@example.com"
    alice.save()
    session = session_of(sandbox.buy(alice, "starter"))
    client = stripe.StripeClient("sk_test_sandbox", base_addresses={"api": settings.STRIPE_API_BASE})
    assert client.v1.customers.retrieve(session["customer"]).email == "new@example.com"


def test_a_customer_that_stripe_has_forgotten_is_made_again_even_when_its_address_changed(sandbox, alice):
    StripeCustomer.objects.create(user=alice, stripe_id="cus_of_another_account", email="old@example.com")
    assert sandbox.buy(alice).checkout_url


def test_an_unknown_package_makes_no_order(sandbox, alice):
    with pytest.raises(UnknownPackage):
        sandbox.buy(alice, "gold")
    assert not Purchase.objects.exists()


def test_an_unreachable_stripe_leaves_no_order_open(sandbox, alice, settings):
    settings.STRIPE_API_BASE = NOBODY_LISTENS
    with pytest.raises(StripeUnreachable, match="nothing was charged"):
        sandbox.buy(alice)
    assert list(Purchase.objects.values_list("status", "stripe_checkout_session_id")) == [("failed", None)]


def test_after_an_outage_the_next_click_opens_a_page(sandbox, alice, settings):
    address = settings.STRIPE_API_BASE
    settings.STRIPE_API_BASE = NOBODY_LISTENS
    with pytest.raises(StripeUnreachable):
        sandbox.buy(alice)
    settings.STRIPE_API_BASE = address
    assert sandbox.buy(alice).checkout_url.startswith(address)


def test_a_key_that_stripe_does_not_accept_is_said_so(sandbox, alice, settings):
    settings.STRIPE_SECRET_KEY = "nonsense"
    with pytest.raises(StripeFailed, match="does not accept this shop's key"):
        sandbox.buy(alice)


def test_an_order_whose_answer_was_lost_is_repeated_not_doubled(sandbox, alice):
    first = sandbox.buy(alice)
    # The process died between Stripe's answer and our note of it.
    Purchase.objects.update(stripe_checkout_session_id=None, checkout_url="", checkout_expires_at=None)
    second = sandbox.buy(alice)
    assert (second.pk, second.stripe_checkout_session_id) == (first.pk, first.stripe_checkout_session_id)


def test_an_order_too_old_for_stripe_to_remember_the_call_is_not_repeated(sandbox, alice):
    first = sandbox.buy(alice)
    Purchase.objects.update(stripe_checkout_session_id=None, checkout_url="", checkout_expires_at=None)
    with time_machine.travel(timezone.now() + timedelta(hours=23, minutes=1), tick=True):
        assert open_checkout(alice.pk, "pro", buyer=HERE).pk != first.pk
