"""The account page, one's data and the end of an account, as people meet them: narrow, dark, without JavaScript."""

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from playwright.sync_api import expect

from accounts.models import User
from accounts.testing.codes import activate
from devtools.testing.factories import PASSWORD
from devtools.testing.pages import broken_words, enter, everywhere
from soulfra.privacy import downloads
from tokens.purchases.lifecycle import simulate_token_purchase

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def contacts(settings):
    cache.clear()
    settings.SUPPORT_EMAIL, settings.TERMS_URL = "help@shop.test", "https://shop.test/terms"
    settings.PRIVACY_URL = "https://shop.test/privacy"


def test_everything_about_an_account_is_on_one_page_for_everybody(page, live_server, alice):
    simulate_token_purchase(alice.pk, "pro")
    activate(alice)
    EmailAddress.objects.update(email="alice.long.name@example.com", verified=False, primary=True)
    enter(page, live_server.url, "alice")
    page.goto(f"{live_server.url}/accounts/")
    expect(page.get_by_role("heading", name="Your account", exact=True)).to_be_visible()
    assert everywhere(page) == {}
    assert broken_words(page) == {}
    page.get_by_role("navigation", name="On this page").get_by_role("link", name="Payment order").press("Enter")
    expect(page.get_by_role("heading", name="Payment order")).to_be_in_viewport()
    page.get_by_label("Membership first").check()
    page.locator("#payment-order").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Changes saved.")).to_be_visible()
    expect(page.get_by_label("Membership first")).to_be_checked()
    assert page.url == f"{live_server.url}/accounts/"


def test_one_signs_up_by_accepting_the_terms(page, live_server, db):
    page.goto(f"{live_server.url}/accounts/signup/")
    assert everywhere(page) == {}
    page.get_by_label("Username").fill("maria")
    page.get_by_label("Email").fill("maria@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    page.get_by_label("I accept the terms").check()
    page.locator("main").get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    assert User.objects.get().terms_accepted_at


def test_a_copy_of_ones_data_is_asked_for_and_appears_by_itself(page, live_server, alice):
    enter(page, live_server.url, "alice")
    page.goto(f"{live_server.url}/accounts/")
    page.get_by_role("button", name="Prepare a copy").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Your copy is being prepared.")).to_be_visible()
    assert everywhere(page) == {}
    downloads.make_next()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "your-data.json"
    assert everywhere(page) == {}


def test_without_javascript_an_account_is_deleted_and_its_owner_knows_what_is_lost(browser, live_server, alice):
    simulate_token_purchase(alice.pk, "pro")
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        enter(page, live_server.url, "alice")
        page.goto(f"{live_server.url}/accounts/")
        page.get_by_role("link", name="Delete account").click()
        expect(page.get_by_text("500 tokens, without a refund")).to_be_visible()
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Delete account").click()
        expect(page.get_by_text("Incorrect password.")).to_be_visible()
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Delete account").click()
        expect(page.get_by_text("Your account was deleted.")).to_be_visible()
        expect(page.get_by_role("banner").get_by_role("link", name="Sign in", exact=True)).to_be_visible()
    assert not User.objects.get(pk=alice.pk).is_active


def test_the_pages_around_deleting_are_for_everybody(page, live_server, alice, staff):
    for name in ("alice", "staff"):
        enter(page, live_server.url, name)
        page.goto(f"{live_server.url}/accounts/delete/")
        expect(page.get_by_role("heading", name="Delete your account?")).to_be_visible()
        assert everywhere(page) == {}


def test_the_list_of_sessions_says_when_each_was_used(page, live_server, alice, client):
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD}, headers={"User-Agent": "curl/8"})
    enter(page, live_server.url, "alice")
    page.goto(f"{live_server.url}/accounts/sessions/")
    assert everywhere(page) == {}
    page.get_by_role("button", name="Sign out curl/8").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("That session is signed out.")).to_be_visible()
