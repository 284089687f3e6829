"""Sending the letters that wait. Each is claimed first, and no transaction is open while the mail server is talked to.

A claim is a lease: it moves `next_try_at` forward, so that no other worker takes the letter meanwhile. A worker that
dies over it leaves it to be tried again when the lease ends, under the same Message-ID.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.utils import timezone

from tokens import leases
from tokens.emails.kinds import address_of, compose
from tokens.models import Mail

log = logging.getLogger(__name__)

AT_ONCE = 100
# A slow mail server must not keep the sweep from its other work for long.
RUN_FOR = timedelta(seconds=45)
# Longer than one letter can take: settings.EMAIL_TIMEOUT for each of its few exchanges with the server.
LEASE = timedelta(minutes=10)
FIRST_RETRY = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
# About two days.
LAST_ATTEMPT = 16
# https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1: a reply from 500 on is meant to stay.
PERMANENT = 500


def send_due() -> int:
    """Send the letters whose time has come; how many went out. One that cannot be sent stops no other.

    Refused inside an open transaction.
    """
    sent, postman, stop_at = 0, _Postman(), time.monotonic() + RUN_FOR.total_seconds()
    for pk in _due(timezone.now()):
        letter = _claim(pk)
        if letter:
            sent += _send(letter, postman)
        if time.monotonic() > stop_at:
            break
    postman.hang_up()
    return sent


class _Postman:
    """One connection for a run: opened for the first letter, and anew after one that failed."""

    def __init__(self) -> None:
        self.connection = get_connection()
        self.unreachable: Exception | None = None

    def deliver(self, message: EmailMultiAlternatives) -> None:
        """Hand it to the mail server. Where that cannot be reached, the rest of the run does not wait for it again."""
        if self.unreachable:
            raise self.unreachable
        try:
            self._open()
            self.connection.send_messages([message])
        except Exception:
            self.hang_up()
            raise

    def hang_up(self) -> None:
        self.connection.close()

    def _open(self) -> None:
        try:
            self.connection.open()
        except Exception as error:
            self.unreachable = error
            raise


def _due(now: datetime) -> list[int]:
    waiting = Mail.objects.filter(status=Mail.Status.WAITING, next_try_at__lte=now).order_by("next_try_at")
    return list(waiting.values_list("pk", flat=True)[:AT_ONCE])


@transaction.atomic(durable=True)
def _claim(pk: int) -> Mail | None:
    """The letter, leased to this worker; None if another has it."""
    now = timezone.now()
    due = Mail.objects.filter(pk=pk, status=Mail.Status.WAITING, next_try_at__lte=now).select_related("user")
    return leases.take(due, lambda letter: {"next_try_at": now + LEASE, "attempts": letter.attempts + 1})


def _send(letter: Mail, postman: _Postman) -> bool:
    letter.address = address_of(letter)
    if not letter.address:
        return _give_up(letter, "The user has no e-mail address.")
    if letter.attempts > LAST_ATTEMPT:
        return _give_up(letter, letter.last_error or "Every worker that tried to send it died.")
    try:
        postman.deliver(_message(compose(letter)))
    except Exception as error:
        log.warning("Letter %s (%s) could not be sent", letter.pk, letter.about, exc_info=True)
        return _note_failure(letter, error)
    _note(
        letter,
        status=Mail.Status.SENT,
        sent_at=timezone.now(),
        address=letter.address,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        last_error="",
        next_try_at=None,
    )
    return True


def _message(letter: Mail) -> EmailMultiAlternatives:
    domain = urlsplit(settings.SITE_URL).hostname
    headers = {"Message-ID": f"<{letter.message_id}@{domain}>", "Auto-Submitted": "auto-generated"}
    message = EmailMultiAlternatives(letter.subject, letter.text, to=[letter.address], headers=headers)
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    return message


def _note_failure(letter: Mail, error: Exception) -> bool:
    why = f"{type(error).__name__}: {error}"
    if _is_permanent(error) or letter.attempts >= LAST_ATTEMPT:
        return _give_up(letter, why)
    wait = leases.wait_before_next(letter.attempts, first=FIRST_RETRY, longest=LONGEST_WAIT)
    _note(letter, last_error=why, next_try_at=timezone.now() + wait)
    return False


def _give_up(letter: Mail, why: str) -> bool:
    _note(letter, status=Mail.Status.GIVEN_UP, last_error=why, address=letter.address, next_try_at=None)
    return False


def _note(letter: Mail, **changes: Any) -> None:
    """Write what became of this attempt, unless another worker's, after the lease, has said more since."""
    tried = Mail.objects.filter(pk=letter.pk, status=Mail.Status.WAITING)
    if changes.get("status") != Mail.Status.SENT:
        tried = tried.filter(attempts=letter.attempts)
    tried.update(**changes)


def _is_permanent(error: Exception) -> bool:
    """The server will not take this letter, now or later. A refused sender is our own set-up, which may be mended."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= PERMANENT for code, _ in error.recipients.values())
    return isinstance(error, SMTPDataError) and error.smtp_code >= PERMANENT
