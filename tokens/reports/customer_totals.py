"""Sums over one user's purchases and usage, for the token page and the API. What was taken back does not count."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Expression, F, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Least

from tokens.models import Dispute, Purchase, PurchaseTotal, Refund, TokenUsage, UsageTotal


@dataclass(frozen=True)
class Totals:
    """Token purchases that were paid: how many, and their tokens and money (smallest unit) less what went back."""

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
    """Money of one currency; tokens and number of purchases in all of them. One statement, whatever was bought."""
    rows = list(PurchaseTotal.objects.filter(user_id=user_id))
    cents = sum(row.cents for row in rows if row.currency == currency)
    return Totals(sum(row.tokens for row in rows), cents, sum(row.purchases for row in rows))


def has_bought(user_id: int) -> bool:
    """Whether tokens were ever bought, also if a bank has yet to pay or the money went back since."""
    bought = [*Purchase.PAID, Purchase.Status.PROCESSING]
    return Purchase.objects.for_user(user_id).of_tokens().filter(status__in=bought).exists()


def spent_by_currency(user_id: int) -> dict[str, int]:
    """What the user paid in all and did not get back, tokens and membership alike: currency → smallest unit."""
    paid = Purchase.objects.for_user(user_id).paid().filter(is_simulated=False).order_by("currency")
    kept = paid.values("currency").annotate(cents=Sum(F("paid_cents") - F("reversed_cents")))
    return {row["currency"]: row["cents"] for row in kept}


def usage_breakdown(user_id: int) -> list[ActionTotal]:
    """Tokens per action, the largest first. One statement, whatever was spent and is posted meanwhile."""
    totals = UsageTotal.objects.filter(user_id=user_id).values_list("action", "tokens", "count")
    unposted = TokenUsage.objects.unposted_of(user_id).order_by().values("action")
    summed = unposted.annotate(sum=Sum("tokens_spent"), times=Sum("quantity")).values_list("action", "sum", "times")
    sums: dict[str, tuple[int, int]] = {}
    for action, more, times in totals.union(summed, all=True):
        tokens, count = sums.get(action, (0, 0))
        sums[action] = tokens + more, count + times
    total = sum(tokens for tokens, _ in sums.values())
    ordered = sorted((each for each in sums.items() if any(each[1])), key=lambda each: (-each[1][0], each[0]))
    return [
        ActionTotal(action, tokens, count, percent=round(100 * tokens / total)) for action, (tokens, count) in ordered
    ]


def reversed_cents_of_each() -> Expression:
    """`tokens.purchases.reversals.reversed_cents` of every purchase of a query, within its one statement."""
    refunded = refunded_cents_of_each()
    disputed = _sum_of(Dispute.objects.all(), F("withdrawn_cents") - F("reinstated_cents"))
    return Least(F("paid_cents"), refunded + disputed)


def refunded_cents_of_each() -> Expression:
    """The sum of the refunds that count, of every purchase of a query."""
    return _sum_of(Refund.objects.counting(), "amount_cents")


def _sum_of(rows: QuerySet[Refund] | QuerySet[Dispute], amount: str | Expression) -> Expression:
    mine = rows.filter(purchase=OuterRef("pk")).order_by().values("purchase")
    return Coalesce(Subquery(mine.annotate(sum=Sum(amount)).values("sum"), output_field=IntegerField()), 0)
