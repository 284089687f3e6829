"""The back office in a real browser: dashboard, month end, search, second factor, by mouse and for every reader."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core.cache import caches
from django.utils import timezone
from playwright.sync_api import expect

from accounts.testing.codes import code_of
from devtools.testing.factories import PASSWORD
from devtools.testing.pages import enter, everywhere
from memberships.models import Plan
from soulfra.backoffice.invitations import link_of, make
from tokens.models import StripeEvent
from tokens.spending.spends import spend
from tokens.testing.ledger_rows import buy, post

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def office(page, shop, staff, alice):
    """The browser of a member of staff; alice bought a pack and spent some of it."""
    caches["process"].clear()
    buy(alice.pk, "pro")
    spend(alice, "ai_analysis")
    post(alice)
    StripeEvent.objects.create(stripe_id="evt_1", type="x", livemode=False, payload={}, status="failed")
    enter(page, shop, "staff")
    return page


def test_the_dashboard_is_there_for_everybody(office, shop):
    office.goto(f"{shop}/admin/")
    expect(office.get_by_role("link", name=re.compile("^Revenue"))).to_contain_text("$40.00")
    expect(office.get_by_role("img", name=re.compile("^Tokens sold"))).to_be_visible()
    expect(office.get_by_text("Sandbox: play money")).to_be_visible()
    assert office.evaluate("[...document.querySelectorAll('canvas')].every(c => Chart.getChart(c))")
    assert everywhere(office) == {}


def test_a_number_leads_to_its_rows_and_a_period_is_chosen(office, shop):
    office.goto(f"{shop}/admin/")
    office.get_by_role("navigation", name="Period").get_by_role("link", name="Today").click()
    expect(office.get_by_role("row")).to_have_count(25)
    office.get_by_role("link", name="Failed events").click()
    expect(office.get_by_role("link", name="evt_1")).to_be_visible()


def test_the_month_end_is_there_for_everybody(office, shop):
    office.goto(f"{shop}/admin/")
    office.get_by_role("link", name="Month end").click()
    expect(office.get_by_role("row", name=re.compile("^Closing"))).to_contain_text("495")
    assert everywhere(office) == {}
    with office.expect_download() as download:
        office.get_by_role("link", name="Download CSV").click()
    assert download.value.suggested_filename == f"month-end-{timezone.now():%Y-%m}.csv"


def test_the_month_is_chosen(office, shop):
    last = (timezone.now().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    office.goto(f"{shop}/admin/month-end/?month={last}")
    expect(office.get_by_text("No token activity")).to_be_visible()
    office.get_by_label("Month", exact=True).select_option(timezone.now().strftime("%Y-%m"))
    office.get_by_role("button", name="Show month").click()
    expect(office.get_by_role("row", name=re.compile("^Sold"))).to_contain_text("500")


def test_the_search_is_there_for_everybody_and_leads_to_the_customer(office, shop, alice):
    office.goto(f"{shop}/admin/")
    office.get_by_role("button", name="Search").press("Enter")
    box = office.get_by_placeholder("Type to search")
    box.press_sequentially("alice@example.com")
    expect(office.get_by_role("link", name="alice")).to_be_visible()
    assert everywhere(office) == {}
    box.press("ArrowDown")
    box.press("Enter")
    office.wait_for_url(f"**/admin/accounts/user/{alice.pk}/change/")


def test_packs_are_previewed_in_a_page_of_their_own(office, shop):
    from tokens.models import TokenPackage

    pack = TokenPackage.objects.get(key="pro")
    office.goto(f"{shop}/admin/tokens/tokenpackage/{pack.pk}/change/")
    office.get_by_label("Price").fill("4500")
    with office.expect_popup() as opened:
        office.get_by_role("button", name="Preview").click()
    preview = opened.value
    expect(preview.get_by_text("$45.00")).to_be_visible()
    assert everywhere(preview) == {}
    pack.refresh_from_db()
    assert pack.price_cents == 4000
    assert everywhere(office) == {}


def test_plans_are_previewed_in_a_page_of_their_own(office, shop):
    office.goto(f"{shop}/admin/memberships/plan/pro/change/")
    office.get_by_label("Price").fill("700")
    with office.expect_popup() as opened:
        office.get_by_role("button", name="Preview the plans").click()
    preview = opened.value
    expect(preview.get_by_text("$7.00")).to_be_visible()
    expect(preview.get_by_role("button", name="Choose Pro")).to_be_disabled()
    assert everywhere(preview) == {}
    assert Plan.objects.get(key="pro").price_cents == 500
    assert everywhere(office) == {}


def test_a_member_of_staff_sets_up_a_second_factor_and_uses_it(page, shop, staff, settings):
    caches["process"].clear()
    settings.STAFF_MFA = True
    enter(page, shop, "staff")
    page.goto(f"{shop}/admin/")
    expect(page.get_by_role("heading", name="You need an invitation")).to_be_visible()
    assert everywhere(page) == {}
    page.goto(f"{shop}{urlsplit(link_of(make(staff, by=None))).path}")
    assert everywhere(page) == {}
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/accounts/reauthenticate/**")
    assert everywhere(page) == {}
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/accounts/2fa/totp/activate/**")
    assert everywhere(page) == {}
    secret = page.locator("main code").inner_text()
    page.get_by_label("Code from the app").fill("000000")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_text("Incorrect code")).to_be_visible()
    page.get_by_label("Code from the app").fill(code_of(secret))
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    recovery = page.locator(".codes code").first.inner_text()
    assert everywhere(page) == {}
    page.get_by_role("link", name="Go to the back office").click()
    expect(page.get_by_role("link", name=re.compile("^Revenue"))).to_be_visible()

    page.context.clear_cookies()
    page.goto(f"{shop}/admin/")
    page.get_by_label("Username or email").fill("staff")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Enter your code")).to_be_visible()
    assert everywhere(page) == {}
    page.get_by_label("Code").fill(recovery)
    page.get_by_role("button", name="Sign in").last.click()
    expect(page.get_by_role("link", name=re.compile("^Revenue"))).to_be_visible()
    for path in ("", "recovery-codes/generate/", "totp/deactivate/"):
        page.goto(f"{shop}/accounts/2fa/{path}")
        assert everywhere(page) == {}
