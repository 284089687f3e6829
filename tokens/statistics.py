"""Sums over one user's purchases and usage, for the token page and the API."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Sum

from tokens.models import Purchase, TokenUsage


@dataclass(frozen=True)
class Totals:
    """Token purchases that were paid: tokens, money in the currency's smallest unit, and how many."""

    tokens: int
    spent_cents: int
    purchases: int


@dataclass
class ActionTotal:
    """What one action took so far; `percent` of all tokens spent, rounded."""

    action: str
    tokens: int
    count: int
    percent: int


def purchase_totals(user_id: int, *, currency: str = "usd") -> Totals:
    """Money of one currency; tokens and number of purchases in all of them."""
    paid = Purchase.objects.for_user(user_id).of_tokens().paid()
    sums = paid.aggregate(tokens=Sum("tokens", default=0), purchases=Count("id"))
    money = paid.filter(currency=currency).aggregate(cents=Sum("paid_cents", default=0))
    return Totals(sums["tokens"], money["cents"], sums["purchases"])


def usage_breakdown(user_id: int) -> list[ActionTotal]:
    """Tokens per action, the largest first."""
    rows = list(
        TokenUsage.objects.for_user(user_id)
        .spent()
        .values("action")
        .annotate(tokens=Sum("tokens_spent"), count=Count("id"))
        .order_by("-tokens", "action")
    )
    total = sum(row["tokens"] for row in rows)
    return [
        ActionTotal(
            action=row["action"],
            tokens=row["tokens"],
            count=row["count"],
            percent=round(100 * row["tokens"] / total),
        )
        for row in rows
    ]
