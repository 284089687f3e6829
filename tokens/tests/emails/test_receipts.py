"""Receipts: one for each purchase, whatever events come twice or out of order; and a bank that did not pay."""

import re
from itertools import product

import pytest

from stripe_sandbox import testing
from tokens.catalog import get_catalog
from tokens.emails import kinds
from tokens.errors import StripeFailed
from tokens.models import Mail, Purchase
from tokens.purchases import lifecycle
from tokens.purchases.lifecycle import Buyer, simulate_token_purchase
from tokens.spending.spends import spend
from tokens.testing.buying import buy, spend_tokens_of
from tokens.testing.letters import facts, only_email, told
from tokens.testing.refund_news import give_back
from tokens.testing.session_news import EVENTS, MONEY, tell

pytestmark = pytest.mark.django_db


# --- the receipt -----------------------------------------------------------------------


def test_a_purchase_sends_a_receipt_that_says_what_was_bought_and_paid(sandbox, alice):
    purchase = buy(sandbox, alice)
    email = only_email()
    assert (email.user, email.kind, email.status) == (alice, "purchase_completed", "waiting")
    assert email.subject == "Your receipt: 500 tokens for $40.00"
    assert facts(email) == {
        "Purchase": "Pro Pack: 500 tokens",
        "Paid": "$40.00",
        "Date": f"{purchase.completed_at:%b %-d, %Y, %H:%M} UTC",
        "Purchase number": str(purchase.pk),
        "Your balance": "500 tokens",
    }
    assert "repaid" not in email.text
    for figure in ("Pro Pack: 500 tokens", "$40.00", "500 tokens"):
        assert figure in email.html


def test_every_link_of_a_email_leads_to_the_shop(sandbox, alice, settings):
    settings.SITE_URL = "https://shop.example.com"
    purchase = buy(sandbox, alice)
    email = only_email()
    links = {*re.findall(r'href="([^"]+)"', email.html), *re.findall(r"https?://\S+", email.text)}
    assert links == {
        "https://shop.example.com",
        "https://shop.example.com/tokens/",
        f"https://shop.example.com/tokens/purchases/{purchase.pk}/invoice",
        f"https://shop.example.com/tokens/purchases/{purchase.pk}/invoice.pdf",
    }


def test_a_payment_told_three_times_and_seen_on_the_success_page_sends_one_receipt(sandbox, alice_page, alice):
    purchase = sandbox.buy(alice)
    session = sandbox.pay(purchase)
    alice_page.get("/tokens/success", {"session_id": session["id"]})
    tell(sandbox, purchase, "paid", "settled")
    assert sandbox.deliver(sandbox.event(purchase)).status_code == 200
    assert told(alice) == ["purchase_completed"]


@pytest.mark.parametrize("events", [*product(EVENTS, EVENTS)], ids="-".join)
def test_two_events_in_any_order_send_each_email_once(sandbox, alice, events):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    tell(sandbox, purchase, *events)
    first, second = events
    bounced = first == "bounced" or (first, second) == ("unpaid", "bounced")
    paid = MONEY & {*events}
    assert told(alice) == ["bank_payment_failed"] * bounced + ["purchase_completed"] * bool(paid)


def test_a_receipt_is_in_the_currency_that_was_paid(alice):
    purchase = lifecycle.order(alice.pk, lifecycle.Item.of_package(get_catalog().package("pro")), buyer=Buyer())
    Purchase.objects.update(currency="jpy", amount_cents=6000)
    lifecycle.complete(purchase, payment_intent="pi_1", paid_cents=3000)
    assert facts(only_email())["Paid"] == "¥3,000"


def test_a_receipt_says_what_settled_a_debt(sandbox, alice, bought):
    spend_tokens_of(alice, 200)
    give_back(bought, 4000, beyond_offer=True)
    buy(sandbox, alice)
    email = kinds.compose(Mail.objects.get(kind="purchase_completed"))
    assert "\n200 of these tokens repaid your debt.\n" in email.text
    assert facts(email)["Your balance"] == "300 tokens"


def test_a_simulated_purchase_sends_nothing(alice):
    simulate_token_purchase(alice.pk, "pro")
    assert told(alice) == []


def test_a_subscription_sends_no_receipt_for_tokens(alice):
    purchase = Purchase.objects.create(user=alice, type="subscription", amount_cents=500, currency="usd")
    lifecycle.complete(purchase, payment_intent="pi_1", paid_cents=500)
    assert told(alice) == []


def test_spending_writes_no_email(alice):
    simulate_token_purchase(alice.pk, "pro")
    spend(alice, "data_export")
    assert told(alice) == []


# --- a bank that did not pay ---------------------------------------------------------------


def test_a_bank_that_sends_the_money_back_is_told_once(sandbox, alice):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase, bank="000222222227")
    sandbox.deliver(sandbox.event(purchase))
    assert told(alice) == []
    testing.bounce(purchase.stripe_checkout_session_id)
    for _ in range(2):
        sandbox.deliver(sandbox.event(purchase, "checkout.session.async_payment_failed"))
    email = only_email()
    assert (email.kind, email.subject) == ("bank_payment_failed", "Your bank payment of $40.00 failed")
    assert "Nothing was charged and no tokens were added" in email.text
    assert "http://shop.test/tokens/\n" in email.text


def test_a_page_that_could_not_be_opened_is_not_told(sandbox, alice, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(StripeFailed):
        sandbox.buy(alice)
    assert Purchase.objects.get().status == "failed"
    assert told(alice) == []
