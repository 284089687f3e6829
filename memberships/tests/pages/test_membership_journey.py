"""A membership from the customer's chair, in a real browser, with webhooks that come by themselves."""

import re

import pytest
from playwright.sync_api import expect

from devtools.testing.pages import everywhere, sign_in
from memberships.current import get_membership
from memberships.models import Membership
from stripe_sandbox import testing
from tokens.models import Purchase
from tokens.testing.checkout_page import fill_card
from tokens.testing.sandbox import wait_for_deliveries

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def look(page, shop):
    """The membership page as it is when all events have come."""
    wait_for_deliveries()
    page.goto(f"{shop}/membership/")
    return page.locator("main")


def test_a_customer_subscribes_renews_fails_recovers_upgrades_cancels_and_resumes(page, shop, alice):
    sign_in(page, shop, "alice")
    expect(look(page, shop)).to_contain_text("of 10 domains")
    page.get_by_role("button", name="Choose Pro").click()
    page.wait_for_url("**/c/pay/*")
    fill_card(page, "4242424242424242")
    page.get_by_role("button", name=re.compile("^Subscribe for")).click()
    page.wait_for_url("**/membership/success**")
    expect(page.locator("main")).to_contain_text("50")
    expect(look(page, shop)).to_contain_text("of 50 domains")

    subscription = Membership.objects.get(pk=alice.pk).stripe_subscription_id
    for _ in range(3):
        testing.renew(subscription)
    expect(look(page, shop).get_by_role("link", name=re.compile("^Open the invoice"))).to_have_count(4)
    assert Purchase.objects.paid().count() == 4

    testing.change_card(subscription, card="4000000000000341")
    testing.renew(subscription)
    grace = get_after_news(alice).grace_until
    expect(look(page, shop)).to_contain_text(f"{grace:%b %-d}")
    assert everywhere(page) == {}
    page.get_by_role("link", name=re.compile("Pay open invoice")).click()
    fill_card(page, "4242424242424242")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    expect(page.locator("main")).to_contain_text(re.compile("paid", re.I))
    assert (get_after_news(alice).status, Purchase.objects.paid().count()) == ("active", 5)

    look(page, shop).get_by_role("link", name="Upgrade to Premium").click()
    page.get_by_role("button", name="Upgrade and pay").click()
    expect(look(page, shop)).to_contain_text(re.compile("any number|unlimited", re.I))
    page.get_by_role("link", name="Cancel membership").click()
    page.get_by_role("button", name="Cancel membership").click()
    assert get_after_news(alice).cancel_at_period_end is True
    look(page, shop).get_by_role("button", name=re.compile("Keep Premium")).click()
    assert get_after_news(alice).cancel_at_period_end is False


def get_after_news(alice):
    wait_for_deliveries()
    return get_membership(alice.pk)
