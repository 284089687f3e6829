"""Memberships that staff give free of charge until a date, and end."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from memberships import emails
from memberships.models import Gift, Membership, Plan
from tokens.ledger.wallet import lock_wallet
from tokens.staff.acts import forbid_self
from tokens.transactions import money_transaction


@money_transaction
def give(user: AbstractBaseUser, plan: Plan, *, until: datetime, reason: str, by: AbstractBaseUser) -> Gift:
    """Add a complimentary plan until a time in the future, replacing an active one. Raises ValueError, ActOnSelf."""
    forbid_self(by, user.pk)
    now = timezone.now()
    if until <= now:
        raise ValueError("A membership is given until a date in the future.")
    if not reason.strip():
        raise ValueError("A complimentary plan needs a reason.")
    lock_wallet(user.pk)
    for earlier in _active(user.pk, now):
        _close(earlier, by=by, reason="Replaced by another complimentary plan", now=now)
    gift = Gift.objects.create(user_id=user.pk, plan=plan, until=until, reason=reason, by_id=by.pk)
    Membership.objects.update_or_create(user_id=user.pk, defaults={"gift": gift})
    emails.gift_changed(gift)
    return gift


@money_transaction
def end(gift: Gift, *, by: AbstractBaseUser, reason: str) -> Gift:
    """Revoke a complimentary plan. One that has ended stays as it is. Raises ActOnSelf; ValueError without a reason."""
    forbid_self(by, gift.user_id)
    if not reason.strip():
        raise ValueError("Revoking a complimentary plan needs a reason.")
    lock_wallet(gift.user_id)
    gift.refresh_from_db()
    now = timezone.now()
    if gift.ended_at is None and gift.until > now:
        _close(gift, by=by, reason=reason, now=now)
        Membership.objects.filter(pk=gift.user_id).update(gift=None)
        emails.gift_changed(gift)
    return gift


def active(user_id: int) -> Gift | None:
    """The user's active complimentary plan, if any."""
    gifts = Gift.objects.filter(user_id=user_id, ended_at=None, until__gt=timezone.now())
    return gifts.select_related("user", "plan", "by").first()


def _active(user_id: int, now: datetime) -> list[Gift]:
    return list(Gift.objects.filter(user_id=user_id, ended_at=None, until__gt=now))


def _close(gift: Gift, *, by: AbstractBaseUser, reason: str, now: datetime) -> None:
    gift.ended_at, gift.ended_by_id, gift.ended_reason = now, by.pk, reason
    gift.save(update_fields=["ended_at", "ended_by", "ended_reason"])
