"""Every page of memberships with something on it, looked at by axe in a browser: light and dark, wide and narrow."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from devtools.testing.pages import enter, everywhere
from memberships import complimentary, domain_count
from memberships.models import Membership, Plan, Subscription
from tokens.models import Purchase

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def alices(page, shop, alice, monkeypatch):
    """alice's browser, signed in; she has seven domains."""
    monkeypatch.setattr(domain_count.counts_domains, "functions", [lambda user_id: 7])
    enter(page, shop, "alice")
    return page


@pytest.fixture
def members(alices, shop):
    """alice's browser, once she has subscribed to Pro on the hosted page."""
    alices.goto(f"{shop}/membership/")
    subscribe(alices)
    return alices


def subscribe(page, card="4242424242424242"):
    page.get_by_role("button", name="Choose Pro").click()
    page.get_by_label("Card number").fill(card)
    page.get_by_label("Expiry").fill("12 / 34")
    page.get_by_label("CVC").fill("123")
    page.get_by_role("button", name=re.compile("^Subscribe for")).click()
    page.wait_for_url("**/membership/success**")


def assert_is_accessible(page, heading):
    """The open page is the one meant, by its heading, and nothing is wrong with it."""
    expect(page.get_by_role("heading", level=1, name=re.compile(heading))).to_be_visible()
    assert everywhere(page) == {}


def test_the_plans_for_a_stranger(page, shop):
    page.goto(f"{shop}/membership/")
    expect(page.get_by_role("link", name=re.compile("^(Start with|Choose) "))).to_have_count(3)
    assert_is_accessible(page, "^A place for every domain$")


def test_the_way_in_up_down_out_and_back(members, shop):
    """Subscribe, upgrade, see the limit rise, downgrade, cancel and resume, each page looked at."""
    assert_is_accessible(members, "You're on Pro")
    members.get_by_role("button", name="Let my plan pay first").focus()
    members.keyboard.press("Enter")
    expect(members.get_by_role("heading", name="Your plan pays for imports first")).to_be_visible()
    members.get_by_role("link", name="Go to your membership").click()
    expect(members.get_by_label("Membership first")).to_be_checked()
    expect(members.locator("#limit")).to_contain_text("7 of 50 domains")
    expect(members.get_by_role("progressbar")).to_have_attribute("max", "50")
    assert_is_accessible(members, "^Membership$")

    members.get_by_role("link", name="Upgrade to Premium").click()
    assert_is_accessible(members, "Upgrade to Premium[?]")
    members.get_by_role("button", name="Upgrade and pay $5.00").click()
    expect(members.locator("#limit")).to_contain_text("(unlimited)")

    members.get_by_role("link", name="Change to Pro").click()
    assert_is_accessible(members, "Change to Pro[?]")
    members.get_by_role("button", name="Change to Pro").click()
    expect(members.locator(".standing")).to_contain_text("then changes to Pro")
    assert_is_accessible(members, "^Membership$")

    members.get_by_role("link", name="Cancel membership").click()
    assert_is_accessible(members, "^Cancel Premium[?]$")
    members.get_by_role("button", name="Cancel membership").click()
    expect(members.locator(".standing")).to_contain_text("Ends on")
    assert_is_accessible(members, "^Membership$")

    members.get_by_role("button", name="Keep Premium").click()
    expect(members.get_by_role("status")).to_contain_text(
        "You're on Premium, and your membership renews automatically."
    )
    expect(members.get_by_role("row")).to_have_count(3)  # the head, the month, and the rest of it on Premium


def test_what_pays_first(alices, shop):
    alices.goto(f"{shop}/membership/checkout?plan=free")
    alices.goto(f"{shop}/membership/checkout?plan=pro")
    assert_is_accessible(alices, "^Pro membership$")
    alices.get_by_role("link", name="Compare plans").click()
    alices.get_by_label("Membership first").check()
    alices.get_by_role("button", name="Save").click()
    expect(alices.get_by_label("Membership first")).to_be_checked()
    assert_is_accessible(alices, "^Membership$")


@pytest.mark.parametrize(("days", "words"), [(5, "stays active until"), (-5, "it's paused")])
def test_an_unpaid_renewal(members, shop, days, words):
    since = timezone.now() + timedelta(days=days - 7)
    Subscription.objects.update(status="past_due", invoice_url=f"{shop}/", unpaid_since=since)
    Membership.objects.update(status="past_due")
    members.goto(f"{shop}/membership/")
    expect(members.locator(".standing")).to_contain_text(words)
    expect(members.get_by_role("link", name="Pay open invoice")).to_be_visible()
    assert_is_accessible(members, "^Membership$")


def test_a_gift_and_more_domains_than_it_carries(alices, shop, alice, staff, monkeypatch):
    monkeypatch.setattr(domain_count.counts_domains, "functions", [lambda user_id: 60])
    until = timezone.now() + timedelta(days=30)
    complimentary.give(alice, Plan.objects.get(key="pro"), until=until, reason="A thank-you", by=staff)
    alices.goto(f"{shop}/membership/")
    expect(alices.locator(".standing")).to_contain_text("Your Pro plan is complimentary")
    expect(alices.locator("#limit")).to_contain_text("60 of 50 domains")
    assert_is_accessible(alices, "^Membership$")


@pytest.mark.parametrize(
    ("status", "heading"),
    [
        ("failed", "^Payment failed$"),
        ("expired", "^This payment page has expired$"),
    ],
)
def test_the_success_page_of_what_was_not_paid(alices, shop, status, heading):
    alices.goto(f"{shop}/membership/")
    alices.get_by_role("button", name="Choose Pro").click()
    alices.wait_for_url("**/c/pay/**")
    order = Purchase.objects.get()
    alices.goto(f"{shop}/membership/success?session_id={order.stripe_checkout_session_id}")
    assert_is_accessible(alices, "^Your payment is being confirmed$")
    Purchase.objects.update(status=status)
    alices.reload()
    assert_is_accessible(alices, heading)


def test_a_second_membership(members, shop):
    Subscription.objects.update(end_reason="duplicate", ending_done_at=timezone.now())
    members.reload()
    assert_is_accessible(members, "^You already have a membership$")


def test_a_refusal(members, shop):
    members.goto(f"{shop}/membership/change?plan=gold")
    assert_is_accessible(members, "^Unknown plan$")


def test_a_page_that_is_not_ones_own(alices, shop):
    assert alices.goto(f"{shop}/membership/success?session_id=x").status == 404
    assert_is_accessible(alices, "^Payment page not found$")


def test_an_unreachable_stripe(alices, shop, settings):
    alices.goto(f"{shop}/membership/")
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    alices.get_by_role("button", name="Choose Pro").click()
    assert_is_accessible(alices, "^Stripe can't be reached$")


def test_the_forms_of_the_back_office_act(page, shop, staff, bob):
    """The dialogs need the theme's scripts, so a browser presses their buttons."""
    enter(page, shop, "staff")
    page.goto(f"{shop}/admin/memberships/gift/")
    page.get_by_role("link", name=re.compile("Add complimentary plan$")).click()
    page.get_by_label("Customer (username)").fill("bob")
    page.get_by_label("Plan").select_option("premium")
    page.get_by_label("Expires on").fill((timezone.now() + timedelta(days=30)).strftime("%Y-%m-%d"))
    page.get_by_label("Reason").fill("A thank-you")
    page.get_by_role("button", name="Add plan").click()
    expect(page.get_by_text("bob has Premium free of charge until")).to_be_visible()
    assert Membership.objects.filter(user=bob, gift__plan="premium").exists()
