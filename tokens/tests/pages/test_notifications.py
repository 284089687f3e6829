"""The notifications page, and the name under which the shop writes, as a browser meets them."""

import re

import pytest

from tokens.emails import kinds

PAGE = "/accounts/notifications/"


@pytest.fixture
def browser_of_alice(client, alice):
    client.force_login(alice)
    return client


def switches(page):
    """Each switch on the page by its name, and whether it is on."""
    inputs = re.findall(r'<input type="checkbox" name="(\w+)"([^>]*)>', page.content.decode())
    return {name: " checked" in rest for name, rest in inputs}


def test_a_stranger_is_sent_to_sign_in(client, db):
    answer = client.get(PAGE)
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={PAGE}")


def test_every_kind_is_listed_and_those_that_is_optional_have_a_switch(browser_of_alice):
    page = browser_of_alice.get(PAGE)
    assert switches(page) == {kind.key: True for kind in kinds.kinds() if kind.is_optional}
    assert [kind for kind in kinds.kinds() if f"{kind.description}" not in page.content.decode()] == []
    assert "alice@example.com" in page.content.decode()


def test_a_switch_turned_off_stays_off_until_it_is_turned_on(browser_of_alice, alice, bob):
    answer = browser_of_alice.post(PAGE, {})
    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    assert switches(browser_of_alice.get(PAGE))["balance_low"] is False
    assert "balance_low" in kinds.opted_out_kinds(alice.pk)
    assert kinds.opted_out_kinds(bob.pk) == set()

    browser_of_alice.post(PAGE, {"balance_low": "on"})

    assert switches(browser_of_alice.get(PAGE))["balance_low"] is True


def test_the_answer_says_that_the_choice_is_saved(browser_of_alice):
    answer = browser_of_alice.post(PAGE, {}, follow=True)
    assert "Changes saved." in answer.content.decode()


def test_what_must_be_sent_cannot_be_switched_off_by_a_made_up_form(browser_of_alice, alice):
    browser_of_alice.post(PAGE, {"unheard_of": "on"})
    assert kinds.opted_out_kinds(alice.pk) == {kind.key for kind in kinds.kinds() if kind.is_optional}
    assert "dispute_frozen" not in kinds.opted_out_kinds(alice.pk)


def test_the_account_menu_leads_there(browser_of_alice):
    assert f'href="{PAGE}"' in browser_of_alice.get("/tokens/").content.decode()


def test_the_page_asks_the_database_four_times_and_saving_changes_nothing_of_that(
    browser_of_alice, django_assert_num_queries
):
    for _ in range(2):
        with django_assert_num_queries(4):  # session, user, muted, balance
            browser_of_alice.get(PAGE)
        browser_of_alice.post(PAGE, {})
        browser_of_alice.get(PAGE)  # shows the message, once


def test_mails_about_an_account_come_from_the_shop_by_its_name(client, db, mailoutbox, settings):
    settings.SITE_URL = "https://shop.example.com"
    password = "a-long-walk-9"
    form = {"username": "dora", "email": "dora@example.com", "password1": password, "password2": password}

    client.post("/accounts/signup/", form)
    client.post("/accounts/password/reset/", {"email": "dora@example.com"})

    assert [email.subject.split(":")[0] for email in mailoutbox] == ["Soulfra", "Soulfra"]
    for email in mailoutbox:
        assert email.body.strip().endswith("--\nSoulfra · shop.example.com")
        assert "from testserver" not in email.body
