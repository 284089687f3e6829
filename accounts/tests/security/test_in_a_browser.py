"""The pages that guard an account, for every reader, narrow and dark: confirming access, sessions, codes, a reset."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from playwright.sync_api import expect

from accounts import api_keys
from accounts.models import ApiKey
from accounts.testing.codes import activate, code_of
from devtools.testing.factories import PASSWORD
from devtools.testing.pages import enter, everywhere

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_access_is_confirmed_with_password_and_code_and_the_key_is_made(page, live_server, alice):
    cache.clear()
    secret = activate(alice)
    enter(page, live_server.url, "alice")
    page.goto(f"{live_server.url}/accounts/api-keys/")
    page.get_by_label("Name").fill("Nightly import")
    page.get_by_role("button", name="Create key").click()
    expect(page.get_by_role("heading", name="Confirm access")).to_be_visible()
    assert everywhere(page) == {}
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Incorrect code")).to_be_visible()
    assert everywhere(page) == {}
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("#new-key")).to_contain_text("tk_")
    assert ApiKey.objects.get().name == "Nightly import"
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy key").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#new-key").inner_text()
    assert everywhere(page) == {}


def test_sessions_are_listed_and_ended(page, live_server, alice):
    cache.clear()
    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_label("Username or email").fill("alice")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.goto(f"{live_server.url}/accounts/sessions/")
    expect(page.get_by_text("This session")).to_be_visible()
    assert everywhere(page) == {}
    page.get_by_role("button", name="Sign out everywhere else").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("You're signed out everywhere else.")).to_be_visible()


def test_a_reset_shows_the_keys(page, live_server, alice, client):
    cache.clear()
    key, _ = api_keys.issue(alice, name="CI")
    ApiKey.objects.update(made_unverified=True)
    client.post("/accounts/password/reset/", {"email": alice.email})
    page.goto(
        live_server.url + re.findall(r"https?://[^/]+(/accounts/password/reset/key/\S+)", str(mail.outbox[-1].body))[0]
    )
    expect(page.get_by_text(f"{key.prefix}…")).to_be_visible()
    assert everywhere(page) == {}
