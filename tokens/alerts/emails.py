"""The kinds of alerts. Each is rendered when it is sent, so that it says what is so then."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from tokens.alerts.usual_week import refill_of
from tokens.emails.kinds import kind
from tokens.ledger.burning import left_of_lots
from tokens.ledger.wallet import read_wallet
from tokens.models import LedgerEntry, Mail, TokenUsage
from tokens.money import format_money


def _balance(email: Mail) -> dict[str, Any]:
    """`left` may be high enough again by the time that it is sent."""
    wallet = read_wallet(email.user_id)
    refill = refill_of(email.user_id, timezone.now(), debt=wallet.debt)
    price = format_money(refill.package.price_cents, refill.package.currency) if refill else ""
    return {"wallet": wallet, "left": max(0, wallet.balance - wallet.frozen), "refill": refill, "price": price}


def _expiring(email: Mail) -> dict[str, Any]:
    day = date.fromisoformat(email.about.split(":")[2])
    return {**_balance(email), "tokens": expiring_on(email.user_id, day), "day": day}


def _holds(email: Mail) -> dict[str, Any]:
    began = datetime.combine(date.fromisoformat(email.about.split(":")[2]), time(), UTC)
    released = TokenUsage.objects.for_user(email.user_id).holds().filter(status="released", reason="expired")
    ids = released.filter(ended_at__gte=began, ended_at__lt=began + timedelta(days=1)).values_list("pk", flat=True)
    returned = LedgerEntry.objects.caused_by(LedgerEntry.Cause.USAGE, *ids).filter(kind=LedgerEntry.Kind.RELEASE)
    return {**_balance(email), "holds": len(ids), "tokens": returned.aggregate(sum=Sum("tokens", default=0))["sum"]}


def expiring_on(user_id: int, day: date) -> int:
    """The tokens that expire on that day (UTC), unless they are spent before."""
    lots = (lot for lot in left_of_lots(user_id) if lot.expires_at and not lot.is_frozen)
    return sum(lot.tokens for lot in lots if lot.expires_at and lot.expires_at.astimezone(UTC).date() == day)


BALANCE_LOW = kind(
    "balance_low",
    name="Low balance",
    description="You have fewer tokens than your threshold.",
    is_optional=True,
    look_up=_balance,
)
BALANCE_EMPTY = kind(
    "balance_empty",
    name="Empty balance",
    description="You have no tokens left to spend.",
    is_optional=True,
    look_up=_balance,
)
TOKENS_EXPIRING = kind(
    "tokens_expiring",
    name="Expiring tokens",
    description="Tokens expire in 30 days, 7 days or 1 day.",
    is_optional=True,
    look_up=_expiring,
)
HOLD_EXPIRED = kind(
    "hold_expired",
    name="Expired holds",
    description="A hold wasn't captured in time, so it was released.",
    is_optional=True,
    look_up=_holds,
)
