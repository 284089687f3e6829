"""What is deleted for its age, by the sweep: what rows say of people goes, the rows that books rest on stay.

Each age is a setting, in days; 0 keeps for good. What waits or has failed is passed over, and forgotten once it is
settled; a partial index, by time, has the rows that aren't forgotten yet.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from tokens.models import Mail, StripeEvent

AT_ONCE = 1000


def forget_payloads() -> int:
    """Delete payloads of events that are settled; how many. What failed keeps its own, to be retried."""
    settled = StripeEvent.objects.filter(status__in=StripeEvent.SETTLED)
    return _forget(settled, "received_at", settings.EVENT_PAYLOAD_DAYS, payload={})


def forget_texts() -> int:
    """Delete texts of emails that don't wait, and what mail servers said; how many. Kind, address and times stay."""
    over = Mail.objects.exclude(status=Mail.Status.WAITING)
    return _forget(over, "created_at", settings.MAIL_TEXT_DAYS, text="", html="", last_error="")


def delete_sessions() -> int:
    """Delete sessions that have expired, and what is known of where and by what browser they began; how many."""
    expired = Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]
    session = Session.objects.filter(session_key=OuterRef("session_key"))
    # A session is saved at the end of the request that began it, so none is as young as that.
    ended = UserSession.objects.filter(~Exists(session), created_at__lt=timezone.now() - timedelta(hours=1))
    return expired + ended.delete()[0]


def _forget(rows: QuerySet[Any], time: str, days: int, **emptied: Any) -> int:
    if not days:
        return 0
    before, forgotten = timezone.now() - timedelta(days=days), 0
    old = rows.filter(is_forgotten=False, **{f"{time}__lt": before}).order_by(time).values_list("pk", flat=True)
    while ids := list(old[:AT_ONCE]):
        forgotten += rows.filter(pk__in=ids).update(is_forgotten=True, **emptied)
    return forgotten
