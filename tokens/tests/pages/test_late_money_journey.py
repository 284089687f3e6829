"""Money that comes late or goes back, as the customer sees it, in a real browser."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from devtools.testing.pages import everywhere, sign_in
from stripe_sandbox import testing
from tokens.ledger.wallet import get_token_balance
from tokens.models import Purchase
from tokens.spending.holds import hold
from tokens.spending.spends import spend
from tokens.testing.sandbox import wait_for_deliveries

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def pay_from_bank(page, shop, account):
    """alice buys the Pro Pack from the bank account with this number."""
    sign_in(page, shop, "alice")
    page.get_by_role("button", name="Buy Pro Pack").click()
    page.wait_for_url("**/c/pay/*")
    page.get_by_role("link", name=re.compile("bank", re.I)).or_(
        page.get_by_role("tab", name=re.compile("bank", re.I))
    ).first.click()
    page.get_by_label("Name of the account holder").fill("Alice Example")
    page.get_by_role("button", name="Continue to your bank").click()
    page.get_by_label(re.compile(account)).check()
    page.get_by_role("button", name=re.compile("Connect the account and pay")).click()
    page.wait_for_url("**/tokens/success**")
    return Purchase.objects.get()


def buy_by_card(page, shop):
    page.goto(f"{shop}/tokens/")
    page.get_by_role("button", name="Buy Pro Pack").click()
    page.wait_for_url("**/c/pay/*")
    page.get_by_label("Card number").fill("4242424242424242")
    page.get_by_label("Expiry").fill("12 / 34")
    page.get_by_label("CVC").fill("123")
    page.get_by_role("button", name=re.compile(r"^Pay \$")).click()
    page.wait_for_url("**/tokens/success**")
    wait_for_deliveries()
    return Purchase.objects.latest("id")


def facts(page, shop):
    """What the token page says about the balance, by the names it shows."""
    page.goto(f"{shop}/tokens/")
    terms = page.locator("section.balance dt").all_inner_texts()
    values = page.locator("section.balance dd").all_inner_texts()
    return {"Balance": page.locator("#balance strong").inner_text(), **dict(zip(terms, values, strict=True))}


def test_a_payment_from_a_bank_says_until_when_and_is_credited_when_it_clears(page, shop, alice):
    purchase = pay_from_bank(page, shop, "000123456789")
    expect(page.get_by_role("heading", level=1)).to_have_text("Payment processing")
    expect(page.locator("main time")).to_have_attribute("datetime", purchase.expected_by.isoformat())
    assert 4 <= (purchase.expected_by - timezone.now().date()).days <= 6
    assert everywhere(page) == {}
    assert get_token_balance(alice.pk) == 0
    page.goto(f"{shop}/tokens/purchases")
    expect(page.locator("main")).to_contain_text(f"by {purchase.expected_by:%b %-d}")
    testing.settle(purchase.stripe_checkout_session_id)
    wait_for_deliveries()
    assert facts(page, shop)["Balance"] == "500"


def test_a_bank_that_sends_the_money_back_is_told_by_itself_and_nothing_was_credited(page, shop, alice):
    purchase = pay_from_bank(page, shop, "000222222227")
    expect(page.get_by_role("link", name="Check again")).to_be_visible()
    testing.bounce(purchase.stripe_checkout_session_id)
    wait_for_deliveries()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Payment processing")
    expect(page.locator("main")).to_contain_text("no tokens were added")
    assert everywhere(page) == {}
    assert facts(page, shop)["Balance"] == "0"


def test_balance_held_frozen_and_owed_are_shown_apart(page, shop, alice):
    sign_in(page, shop, "alice")
    purchase = buy_by_card(page, shop)
    assert facts(page, shop) == {"Balance": "500", "Total bought": "500", "Total paid": "$40.00"}

    hold(alice, "data_export")
    shown = facts(page, shop)
    assert (shown["Balance"], shown["On hold"]) == ("490", "10")

    testing.dispute(purchase.stripe_payment_intent_id, amount=2000)
    wait_for_deliveries()
    shown = facts(page, shop)
    assert (shown["Balance"], shown["Available"], shown["Frozen by a dispute"]) == ("240", "0", "240")
    assert everywhere(page) == {}


def test_what_is_owed_after_a_refund_of_spent_tokens_is_said(page, shop, alice):
    sign_in(page, shop, "alice")
    purchase = buy_by_card(page, shop)
    for _ in range(21):
        spend(alice, "data_export")
    for cents in (2320, 1680):
        testing.refund(purchase.stripe_payment_intent_id, cents)
    wait_for_deliveries()
    shown = facts(page, shop)
    assert (shown["Balance"], shown["Debt"]) == ("-210", "210")
    expect(page.locator("main")).to_contain_text("The next 210 tokens you buy repay that debt first")
