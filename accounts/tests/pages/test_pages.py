"""The API keys page, the theme switch and the pages of signing in, as a browser meets them."""

import re

import pytest
from django.test import Client

from accounts import api_keys
from accounts.models import ApiKey
from devtools.testing.factories import PASSWORD

PAGE = "/accounts/api-keys/"
FORM = {"name": "CI", "expires_in_days": "", "scopes": ["read"], "form_key": "f" * 32}


@pytest.fixture
def browser_of_alice(client, alice):
    client.force_login(alice)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def shown_key(response) -> str | None:
    found = re.search(r'id="new-key">\s*(tk_\S+?)\s*<', response.content.decode())
    return found and found[1]


def test_a_stranger_is_sent_to_sign_in(client, db):
    answer = client.get(PAGE)

    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={PAGE}")


def test_a_new_key_is_shown_once_and_works(browser_of_alice, alice):
    answer = browser_of_alice.post(PAGE, FORM)
    assert (answer.status_code, answer["Location"]) == (303, PAGE)

    first, second = browser_of_alice.get(PAGE), browser_of_alice.get(PAGE)

    assert api_keys.authenticate(shown_key(first) or "").user == alice
    assert shown_key(second) is None
    assert "no-store" in first["Cache-Control"]


def test_without_javascript_there_is_no_button_to_copy_the_key(browser_of_alice):
    browser_of_alice.post(PAGE, {"name": "CI", "scopes": ["read"], "form_key": "f" * 32})
    page = browser_of_alice.get(PAGE).content.decode()
    [button] = re.findall(r"<button[^>]*data-copy[^>]*>", page)
    assert button.endswith("hidden>")
    assert re.search(r'<script src="/static/js/copy[^"]*\.js" defer>', page)
    assert "<script>" not in page
    assert "data-copy" not in browser_of_alice.get(PAGE).content.decode()


def test_a_form_sent_twice_makes_one_key_and_still_shows_it(browser_of_alice):
    form = {"name": "CI", "expires_in_days": "30", "scopes": ["read"], "form_key": "f" * 32}
    browser_of_alice.post(PAGE, form)
    browser_of_alice.post(PAGE, form)

    assert ApiKey.objects.count() == 1
    assert shown_key(browser_of_alice.get(PAGE)) is not None


def test_an_old_form_sent_again_does_not_show_its_key_again(browser_of_alice, time_machine):
    form = FORM
    time_machine.move_to("2026-11-22 12:00Z", tick=False)
    browser_of_alice.post(PAGE, form)
    browser_of_alice.get(PAGE)
    time_machine.shift(61)
    browser_of_alice.post(PAGE, form)

    assert shown_key(browser_of_alice.get(PAGE)) is None
    assert ApiKey.objects.count() == 1


def test_who_signs_in_next_in_the_same_browser_is_not_shown_the_key(browser_of_alice, bob):
    browser_of_alice.post(PAGE, FORM)
    browser_of_alice.force_login(bob)

    assert shown_key(browser_of_alice.get(PAGE)) is None


def test_a_key_without_a_name_is_refused_beside_its_field(browser_of_alice):
    answer = browser_of_alice.post(PAGE, {"name": "", "expires_in_days": "", "scopes": ["read"], "form_key": "f" * 32})

    assert ApiKey.objects.count() == 0
    assert 'id="id_name_error"' in answer.content.decode()
    assert 'aria-describedby="id_name_helptext id_name_error"' in answer.content.decode()


def test_alice_sees_and_revokes_her_keys_and_never_bobs(browser_of_alice, alice, bob):
    hers, _ = api_keys.issue(alice, name="Hers")
    his, _ = api_keys.issue(bob, name="His secret project")

    page = browser_of_alice.get(PAGE).content.decode()
    assert hers.prefix in page
    assert "His secret project" not in page
    assert browser_of_alice.get(f"{PAGE}{his.pk}/revoke/").status_code == 404
    assert browser_of_alice.post(f"{PAGE}{his.pk}/revoke/").status_code == 404
    his.refresh_from_db()
    assert his.is_active


def test_a_key_is_revoked_after_asking_and_twice_is_once(browser_of_alice, alice):
    api_key, _ = api_keys.issue(alice, name="CI")
    asked = browser_of_alice.get(f"{PAGE}{api_key.pk}/revoke/")
    api_key.refresh_from_db()
    assert (asked.status_code, api_key.is_active) == (200, True)

    answers = [browser_of_alice.post(f"{PAGE}{api_key.pk}/revoke/") for _ in range(2)]

    api_key.refresh_from_db()
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(303, PAGE)] * 2
    assert api_key.state == "revoked"


def test_a_new_key_may_do_what_was_ticked_and_the_page_says_so(browser_of_alice):
    form = {"name": "CI", "form_key": "f" * 32}
    page = browser_of_alice.get(PAGE).content.decode()
    ticked = re.findall(r'name="scopes" value="(\w+)"[^>]*checked', page)
    assert ticked == ["read", "spend", "buy", "domains"]

    for scopes, sentence in [([], "Select at least one thing"), (["read", "fly"], "fly is not one of the available")]:
        refused = browser_of_alice.post(PAGE, form | {"scopes": scopes})
        assert sentence in refused.content.decode()
    assert ApiKey.objects.count() == 0

    browser_of_alice.post(PAGE, form | {"scopes": ["account", "read"]})
    assert ApiKey.objects.get().scopes == "read account"
    assert ">May read, account</div>" in browser_of_alice.get(PAGE).content.decode()


@pytest.mark.parametrize("keys", [1, 3])
def test_the_page_asks_as_much_of_the_database_for_one_key_as_for_three(
    browser_of_alice, alice, keys, django_assert_max_num_queries
):
    for _ in range(keys):
        api_keys.issue(alice, name="CI")

    with django_assert_max_num_queries(
        7
    ):  # session, user, balance, keys; what they spent, posted and not, and the wallet
        browser_of_alice.get(PAGE)


def test_the_theme_is_kept_and_leads_back_to_the_page(client, db):
    answer = client.post("/accounts/theme/", {"theme": "dark", "next": "/accounts/login/"})

    assert (answer.status_code, answer["Location"]) == (303, "/accounts/login/")
    assert 'data-theme="dark"' in client.get("/accounts/login/").content.decode()
    client.post("/accounts/theme/", {"theme": "system", "next": "/accounts/login/"})
    assert "data-theme" not in client.get("/accounts/login/").content.decode()


def test_the_theme_switch_leads_nowhere_else(client, db):
    answer = client.post("/accounts/theme/", {"theme": "dark", "next": "https://evil.example/"})

    assert answer["Location"] == "/tokens/"


def test_signing_up_asks_for_the_address_to_be_confirmed(client, db, mailoutbox):
    form = {
        "username": "carol",
        "email": "carol@example.com",
        "password1": "a-long-walk-9",
        "password2": "a-long-walk-9",
    }

    answer = client.post("/accounts/signup/", form)

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/confirm-email/")
    assert [mail.to for mail in mailoutbox] == [["carol@example.com"]]


def test_a_wrong_password_is_said_in_an_alert(client, alice):
    answer = client.post("/accounts/login/", {"login": "alice", "password": "wrong"})

    assert re.search(r'role="alert">\s*<p>Wrong username or password', answer.content.decode())


def test_a_forgotten_password_is_replaced_through_the_mail(client, alice, mailoutbox):
    client.post("/accounts/password/reset/", {"email": alice.email})
    link = re.findall(r"https?://[^/]+(/accounts/password/reset/key/\S+)", mailoutbox[0].body)[0]
    form = client.get(link, follow=True)
    path = form.redirect_chain[-1][0]

    client.post(path, {"password1": "a-long-walk-9", "password2": "a-long-walk-9"})

    assert client.login(username="alice", password="a-long-walk-9")
    assert "This link no longer works" in Client().get(link, follow=True).content.decode()


def test_the_page_of_a_server_error_needs_nothing(rf):
    from django.views.defaults import server_error

    answer = server_error(rf.get("/"))

    assert (answer.status_code, "Something went wrong on our side" in answer.content.decode()) == (500, True)
