"""Emails with links that open an account: sent within a second or so by the worker, and kept no longer than needed.

They are encrypted, as secrets of second factors are, and their row is deleted once they are sent, refused for good, or
older than their links. A page that asks for one never waits for the mail server, and takes the same time whether an
account is there.
"""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from email.utils import make_msgid
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.utils import timezone

from accounts.factors import sealing
from accounts.sign_in.emails import delivers, lifetime_of
from tokens import jobs, leases
from tokens.emails.outbox import in_brief, is_permanent
from tokens.models import AccountMail
from tokens.timing import timed

log = logging.getLogger(__name__)

# The longest that one attempt takes: a few exchanges of settings.EMAIL_TIMEOUT.
LEASE = timedelta(minutes=3)
FIRST_RETRY, LONGEST_WAIT = timedelta(seconds=10), timedelta(minutes=10)


@delivers
def put(message: EmailMessage, good_for: timedelta) -> None:
    """Queue one message, as text, to its only recipient."""
    now = timezone.now()
    content = {
        "subject": message.subject,
        "text": message.body,
        "message_id": make_msgid(domain=urlsplit(settings.SITE_URL).hostname),
    }
    sealed = sealing.seal(json.dumps(content))
    AccountMail.objects.create(address=message.to[0], sealed=sealed, next_try_at=now, expires_at=now + good_for)


@jobs.works("account emails sent", threads=2)
def send_next() -> bool:
    """Try one that is due; whether there was one."""
    now = timezone.now()
    due = AccountMail.objects.filter(next_try_at__lte=now).order_by("next_try_at")
    row = leases.take(due, lambda row: {"next_try_at": now + LEASE, "attempts": row.attempts + 1})
    if row is None:
        return False
    try:
        if (row.expires_at or row.created_at + lifetime_of("")) < now:
            raise _TooLate
        message = _message(row)
        with timed("mail server", "send") as asked:
            message.send()
            asked.outcome = "sent"
    except (_TooLate, InvalidToken) as error:
        _give_up(row, "its link is too old" if isinstance(error, _TooLate) else "its key is gone")
    except Exception as error:
        _give_up(row, in_brief(error)) if is_permanent(error) else _try_later(row, error)
    else:
        AccountMail.objects.filter(pk=row.pk).delete()
    return True


class _TooLate(Exception):
    """Whoever asked for it has asked again, or gone."""


def _message(row: AccountMail) -> EmailMultiAlternatives:
    content = json.loads(sealing.unseal(row.sealed))
    headers = {"Message-ID": content["message_id"], "Auto-Submitted": "auto-generated"}
    return EmailMultiAlternatives(content["subject"], content["text"], to=[row.address], headers=headers)


def _give_up(row: AccountMail, why: str) -> None:
    log.warning("Account email %s is not sent: %s", row.pk, why)
    AccountMail.objects.filter(pk=row.pk).delete()


def _try_later(row: AccountMail, error: Exception) -> None:
    log.warning("Account email %s could not be sent and is tried again: %s", row.pk, in_brief(error))
    wait = leases.wait_before_next(row.attempts, first=FIRST_RETRY, longest=LONGEST_WAIT)
    AccountMail.objects.filter(pk=row.pk, attempts=row.attempts).update(next_try_at=timezone.now() + wait)
