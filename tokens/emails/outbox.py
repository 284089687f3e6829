"""Sending the emails that wait. Each is claimed first, and no transaction is open while it is sent.

A claim is a lease: it moves `next_try_at` forward, so that no other worker takes the email meanwhile. A worker that
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

from tokens import jobs, leases
from tokens.emails.kinds import address_of, compose, kept_of
from tokens.models import Mail
from tokens.places import place_of
from tokens.timing import timed

log = logging.getLogger(__name__)

AT_ONCE = 100
# A slow mail server must not keep the sweep from its other work for long.
RUN_FOR = timedelta(seconds=45)
# Longer than one email can take: settings.EMAIL_TIMEOUT for each of its few exchanges with the server.
LEASE = timedelta(minutes=10)
FIRST_RETRY = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
# About two days.
LAST_ATTEMPT = 16
# https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1: a reply from 500 on is meant to stay.
PERMANENT = 500


def send_due() -> int:
    """Send emails until none is due or the time is over; returns how many were sent. One that fails stops no other.

    When this process is asked to end, none is begun.

    Raises RuntimeError inside an open transaction.
    """
    sent, connection, stop_at = 0, _Connection(), time.monotonic() + RUN_FOR.total_seconds()
    while not connection.unreachable and (due := _due(timezone.now())):
        for pk in due:
            email = _claim(pk)
            if email:
                sent += _send(email, connection)
            if jobs.stopping.is_set() or time.monotonic() > stop_at:
                connection.close()
                return sent
    connection.close()
    return sent


class _Connection:
    """One connection for a run: opened for the first email, and anew after one that failed."""

    def __init__(self) -> None:
        self.connection = get_connection()
        self.unreachable: Exception | None = None

    def send(self, message: EmailMultiAlternatives) -> None:
        """Send one message. Raises what the mail server answered; once it could not be reached, that at once."""
        if self.unreachable:
            raise self.unreachable
        try:
            with timed("mail server", "send") as asked:
                self._open()
                self.connection.send_messages([message])
                asked.outcome = "sent"
        except Exception:
            self.close()
            raise

    def close(self) -> None:
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
    """The email, leased to this worker; None if another has it."""
    now = timezone.now()
    due = Mail.objects.filter(pk=pk, status=Mail.Status.WAITING, next_try_at__lte=now).select_related("user")
    return leases.take(due, lambda email: {"next_try_at": now + LEASE, "attempts": email.attempts + 1})


def _send(email: Mail, connection: _Connection) -> bool:
    email.address = address_of(email)
    if not email.address:
        return _give_up(email, "The user has no email address.")
    if email.attempts > LAST_ATTEMPT:
        return _give_up(email, email.last_error or "Every worker that tried to send it died.")
    try:
        connection.send(_message(compose(email)))
    except Exception as error:
        log.warning("Email %s (%s) could not be sent: %s", email.pk, email.about, in_brief(error))
        return _note_failure(email, error)
    _note(
        email,
        status=Mail.Status.SENT,
        sent_at=timezone.now(),
        last_error="",
        next_try_at=None,
        **kept_of(email),
    )
    return True


def _message(email: Mail) -> EmailMultiAlternatives:
    domain = urlsplit(settings.SITE_URL).hostname
    headers = {"Message-ID": f"<{email.message_id}@{domain}>", "Auto-Submitted": "auto-generated"}
    # Emails ask people to reply, which must reach whoever can help.
    replies = [settings.SUPPORT_EMAIL] if settings.SUPPORT_EMAIL else None
    message = EmailMultiAlternatives(email.subject, email.text, to=[email.address], headers=headers, reply_to=replies)
    if email.html:
        message.attach_alternative(email.html, "text/html")
    return message


def _note_failure(email: Mail, error: Exception) -> bool:
    why = f"{type(error).__name__}: {error}"
    if is_permanent(error) or email.attempts >= LAST_ATTEMPT:
        return _give_up(email, why)
    wait = leases.wait_before_next(email.attempts, first=FIRST_RETRY, longest=LONGEST_WAIT)
    _note(email, last_error=why, next_try_at=timezone.now() + wait)
    return False


def _give_up(email: Mail, why: str) -> bool:
    _note(email, status=Mail.Status.GIVEN_UP, last_error=why, next_try_at=None, **kept_of(email))
    return False


def _note(email: Mail, **changes: Any) -> None:
    """Write what became of this attempt, unless another worker's, after the lease, has written more since."""
    tried = Mail.objects.filter(pk=email.pk, status=Mail.Status.WAITING)
    if changes.get("status") != Mail.Status.SENT:
        tried = tried.filter(attempts=email.attempts)
    tried.update(**changes)


def is_permanent(error: Exception) -> bool:
    """The server will not take this email, now or later. A refused sender may be a wrong setting."""
    return isinstance(error, SMTPRecipientsRefused | SMTPDataError) and (_code_of(error) or 0) >= PERMANENT


def in_brief(error: Exception) -> str:
    """For the log: its type, and the mail server's code or the place. What it says may repeat the address."""
    return f"{type(error).__name__}, {_code_of(error) or place_of(error)}"


def _code_of(error: Exception) -> int | None:
    if isinstance(error, SMTPRecipientsRefused):
        return min(code for code, _ in error.recipients.values())
    return getattr(error, "smtp_code", None)
