"""Whoever finds a hole finds whom to tell."""

from datetime import UTC, datetime

import pytest
import time_machine

from soulfra.checks import contact_for_security

PATH = "/.well-known/security.txt"


@time_machine.travel(datetime(2026, 11, 30, 12, tzinfo=UTC), tick=False)
@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("security@shop.test", "mailto:security@shop.test"),
        ("mailto:security@shop.test", "mailto:security@shop.test"),
        ("https://shop.test/report", "https://shop.test/report"),
    ],
)
def test_the_contact_that_is_set_is_shown_as_the_rfc_wants_it(client, settings, contact, shown):
    settings.SECURITY_CONTACT = contact
    answer = client.get(PATH)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode() == (
        f"Contact: {shown}\n"
        "Expires: 2027-05-29T00:00:00Z\n"
        "Preferred-Languages: en\n"
        "Canonical: http://shop.test/.well-known/security.txt\n"
    )
    assert contact_for_security(None) == []


def test_without_a_contact_there_is_no_such_page(client):
    assert client.get(PATH).status_code == 404
    assert contact_for_security(None) == []


@pytest.mark.parametrize("contact", ["somebody", "http://shop.test", "me @shop.test", "Contact: me"])
def test_a_contact_that_nobody_can_open_is_refused(settings, contact):
    settings.SECURITY_CONTACT = contact
    assert [check.id for check in contact_for_security(None)] == ["soulfra.E015"]
