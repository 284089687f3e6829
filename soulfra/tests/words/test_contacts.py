"""Whom customers ask for help, and what they agree to: in the footer of pages and emails, if they are addresses."""

from typing import Any

import pytest
from django.core import mail

from accounts.checks import contacts_of_customers
from accounts.sign_in import security_notices
from tokens.alerts.emails import BALANCE_LOW
from tokens.emails import outbox
from tokens.emails.kinds import put

pytestmark = pytest.mark.django_db

CONTACTS = {
    "SUPPORT_EMAIL": "help@shop.test",
    "TERMS_URL": "https://shop.test/terms?a=1&b=2",
    "PRIVACY_URL": "https://shop.test/privacy",
}


@pytest.fixture
def named(settings):
    for name, value in CONTACTS.items():
        setattr(settings, name, value)


@pytest.mark.parametrize("path", ["/tokens/", "/accounts/login/", "/membership/", "/no-such-page"])
def test_every_page_links_to_the_contacts_that_are_set_and_to_no_other(client, settings, path):
    def footer():
        return client.get(path).content.decode().partition('<footer class="foot">')[2]

    assert "mailto:" not in footer()
    assert "<ul" not in footer()
    settings.SUPPORT_EMAIL = CONTACTS["SUPPORT_EMAIL"]
    assert 'href="mailto:help@shop.test"' in footer()
    assert "Terms" not in footer()
    settings.TERMS_URL, settings.PRIVACY_URL = CONTACTS["TERMS_URL"], CONTACTS["PRIVACY_URL"]
    assert 'href="https://shop.test/terms?a=1&amp;b=2"' in footer()
    assert 'href="https://shop.test/privacy"' in footer()


def test_every_email_of_the_outbox_has_them_and_replies_reach_support(alice, named):
    security_notices.tell(alice, "password_changed")
    outbox.send_due()
    sent: Any = mail.outbox[-1]
    assert sent.reply_to == ["help@shop.test"]
    for text in (sent.body, sent.alternatives[0].content.replace("&amp;", "&")):
        assert all(value in text for value in CONTACTS.values())


def test_without_support_a_reply_goes_to_the_sender(alice):
    security_notices.tell(alice, "password_changed")
    outbox.send_due()
    assert mail.outbox[-1].reply_to == []
    assert "Support:" not in mail.outbox[-1].body


def test_an_email_with_a_link_that_opens_the_account_has_them(client, alice, named):
    client.post("/accounts/password/reset/", {"email": alice.email})
    assert all(value in mail.outbox[-1].body for value in CONTACTS.values())


def test_the_text_of_an_optional_email_leads_to_the_preferences(alice):
    assert BALANCE_LOW.is_optional
    put(alice.pk, BALANCE_LOW, about="a low balance")
    outbox.send_due()
    assert "Email preferences: http://shop.test/accounts/notifications/" in mail.outbox[-1].body


@pytest.mark.parametrize(
    ("name", "value", "id"),
    [
        ("SUPPORT_EMAIL", "support", "accounts.E008"),
        ("SUPPORT_EMAIL", "a@b.com\nBcc: c@d.com", "accounts.E008"),
        ("SUPPORT_EMAIL", "mailto:a@b.com", "accounts.E008"),
        ("TERMS_URL", "/terms", "accounts.E009"),
        ("TERMS_URL", "javascript:alert(1)", "accounts.E009"),
        ("PRIVACY_URL", "example.com/privacy", "accounts.E010"),
        ("PRIVACY_URL", "ftp://example.com/privacy", "accounts.E010"),
    ],
)
def test_what_is_no_address_is_refused_at_start(settings, name, value, id):
    setattr(settings, name, value)
    assert [found.id for found in contacts_of_customers(None)] == [id]


def test_addresses_are_fine_and_so_is_none(settings, named):
    assert contacts_of_customers(None) == []
    settings.SUPPORT_EMAIL = settings.TERMS_URL = settings.PRIVACY_URL = ""
    assert contacts_of_customers(None) == []
