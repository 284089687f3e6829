"""Emails in a terminal: their text alone, in which a link can be clicked."""

import io
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection, send_mail

from tokens.emails import kinds
from tokens.models import Mail
from tokens.testing.buying import buy

BACKEND = "tokens.emails.console.EmailBackend"
LINK = f"http://localhost:5001/accounts/password/reset/key/{'a1-' * 60}/"


def printed(message, encoding="utf-8"):
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding)
    assert get_connection(BACKEND, stream=out).send_messages([message]) == 1
    out.flush()
    return raw.getvalue().decode(encoding)


def test_only_the_text_is_printed_and_a_long_link_is_whole_on_its_line():
    message = EmailMultiAlternatives(
        "Reset your password", f"Follow:\n\n{LINK}\n\nIt’s yours.", to=["alice@example.com"]
    )
    message.attach_alternative(f"<p>Follow <a href='{LINK}'>this</a></p>", "text/html")
    said = printed(message)
    assert LINK in said.splitlines()
    assert "To: alice@example.com\n" in said
    assert "Subject: Reset your password\n\nFollow:" in said
    assert "It’s yours." in said
    assert not re.search(r"<p|MIME|Content-|=20|=\n|boundary", said)


def test_a_terminal_without_its_letters_still_gets_the_email():
    said = printed(EmailMultiAlternatives("Für dich", f"It’s 20 €: {LINK}", to=["alice@example.com"]), "ascii")
    assert "Subject: F?r dich" in said
    assert f"It?s 20 ?: {LINK}" in said


@pytest.mark.django_db
def test_a_receipt_reads_as_it_was_written(sandbox, alice):
    buy(sandbox, alice)
    receipt = kinds.compose(Mail.objects.get(kind="purchase_completed"))
    message = EmailMultiAlternatives(receipt.subject, receipt.text, to=["alice@example.com"])
    message.attach_alternative(receipt.html, "text/html")
    said = printed(message)
    assert receipt.text.strip() in said
    assert re.search(r"^Invoice: http\S+/tokens/purchases/\d+/invoice$", said, re.MULTILINE)


def test_several_recipients_and_a_single_part_are_printed_too(monkeypatch):
    out = io.StringIO()
    connection = get_connection(BACKEND, stream=out)
    send_mail("Hello", "There", None, ["a@example.com", "b@example.com"], connection=connection)
    assert "To: a@example.com, b@example.com\n" in out.getvalue()


@pytest.mark.parametrize("address", ["", "consolemail://"])
def test_it_is_what_prints_emails_with_and_without_an_address(address):
    asked = "from django.conf import settings; print(settings.EMAIL_BACKEND)"
    env = {**os.environ, "EMAIL_URL": address, "DEBUG": "true", "DJANGO_SETTINGS_MODULE": "soulfra.settings"}
    env |= {"SECRET_KEY": "x" * 60, "STRIPE_WEBHOOK_SECRET": "whsec_x"}
    said = subprocess.run(
        [sys.executable, "-c", asked], env=env, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60
    )
    assert (said.stdout.strip(), said.stderr) == (BACKEND, "")
