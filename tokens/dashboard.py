"""The figures of the dashboard: a period's money and tokens, step by step, and what is owed to customers now.

Tokens are read from the ledger as the month-end report reads them; money is what was paid less what went back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db.models import BigIntegerField, Count, F, Q, Sum
from django.db.models.functions import Cast, TruncDay, TruncHour
from django.utils import timezone

from tokens.models import Dispute, LedgerEntry, Lot, Purchase, Refund, TokenUsage

Kind = LedgerEntry.Kind

DAYS = (1, 7, 30, 90)


@dataclass(frozen=True)
class Period:
    """So many days in UTC up to the end of today; one day is shown by the hour."""

    days: int
    start: datetime
    end: datetime

    @property
    def step(self) -> timedelta:
        return timedelta(hours=1) if self.days == 1 else timedelta(days=1)

    def steps(self) -> list[datetime]:
        return [self.start + number * self.step for number in range((self.end - self.start) // self.step)]


@dataclass(frozen=True)
class Money:
    """In the smallest unit of one currency."""

    taken: int = 0
    refunded: int = 0
    charged_back: int = 0

    @property
    def revenue(self) -> int:
        return self.taken - self.refunded - self.charged_back


@dataclass(frozen=True)
class Tokens:
    """What moved, each above zero. `taken_back` is what reversals took, less what they gave back again."""

    sold: int = 0
    allowed: int = 0
    granted: int = 0
    spent: int = 0
    taken_back: int = 0


@dataclass(frozen=True)
class Orders:
    """Hosted pages opened in the period, how many of these are paid, orders of it that failed, and who paid in it."""

    asked: int
    paid: int
    failed: int
    payers: int

    @property
    def conversion_percent(self) -> int | None:
        return round(100 * self.paid / self.asked) if self.asked else None


@dataclass(frozen=True)
class Step:
    """One hour or day."""

    at: datetime
    tokens: Tokens
    revenue: dict[str, int]


@dataclass(frozen=True)
class Figures:
    period: Period
    money: dict[str, Money]
    tokens: Tokens
    orders: Orders
    steps: list[Step]
    currencies: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Owed:
    """What customers still have of one currency's lots, debts taken off: the month-end report's closing, now."""

    currency: str
    tokens: int
    cents: int


def period_of(days: int) -> Period:
    """Raises ValueError for a number of days that is not offered."""
    if days not in DAYS:
        raise ValueError(days)
    today = timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Period(days, today - timedelta(days=days - 1), today + timedelta(days=1))


def figures(period: Period) -> Figures:
    """Seven statements, whatever the period."""
    tokens, money = _tokens(period), _money(period)
    currencies = sorted({currency for _, currency, _ in money}) or ["usd"]
    return Figures(
        period,
        {currency: _sum_of_money(money, currency) for currency in currencies},
        Tokens(**_sums(tokens)),
        _orders(period),
        [_step(at, tokens, money, currencies) for at in period.steps()],
        currencies,
    )


def owed() -> list[Owed]:
    """One for each currency; one statement."""
    paid = Cast("paid_cents", BigIntegerField()) * F("remaining")
    # Rounded down below zero too, as in Lot.worth_cents; a database's own division rounds towards zero.
    worth = (paid - (paid % F("tokens") + F("tokens")) % F("tokens")) / F("tokens")
    rows = Lot.objects.exclude(remaining=0).values("currency").annotate(sum=Sum("remaining"), cents=Sum(worth))
    return [Owed(row["currency"], row["sum"], row["cents"]) for row in rows.order_by("currency")]


def _tokens(period: Period) -> Counter[tuple[datetime, str]]:
    """Tokens by step and field of `Tokens`."""
    moved: Counter[tuple[datetime, str]] = Counter()
    kinds = [Kind.CREDIT, Kind.SPEND, Kind.REVERSE, Kind.RESTORE]
    entries = LedgerEntry.objects.filter(kind__in=kinds, **_within(period, "created_at")).order_by()
    rows = entries.annotate(at=_step_of(period, "created_at")).values("at", "kind", "purchase__type")
    for row in rows.annotate(sum=Sum("tokens")):
        name, sign = _name_of(row["kind"], row["purchase__type"])
        moved[row["at"], name] += sign * row["sum"]
    for at, tokens in _captured(period):
        moved[at, "spent"] -= tokens
    return moved


def _name_of(kind: str, purchase_type: str | None) -> tuple[str, int]:
    if kind == Kind.SPEND:
        return "spent", -1
    if kind in (Kind.REVERSE, Kind.RESTORE):
        return "taken_back", -1
    if purchase_type is None:
        return "granted", 1
    return ("sold" if purchase_type == Purchase.Type.TOKENS else "allowed"), 1


def _captured(period: Period) -> Iterable[tuple[datetime, int]]:
    """What was held counts as spent when it was captured, as in the month-end report."""
    entries = LedgerEntry.objects.filter(
        kind__in=[Kind.HOLD, Kind.RELEASE],
        usage__status=TokenUsage.Status.SPENT,
        **_within(period, "usage__ended_at"),
    )
    by_step = entries.order_by().annotate(at=_step_of(period, "usage__ended_at")).values("at")
    return by_step.annotate(sum=Sum("tokens")).values_list("at", "sum")


def _money(period: Period) -> Counter[tuple[datetime, str, str]]:
    """Cents by step, currency and field of `Money`. A dispute counts when it was opened, with what it took and kept."""
    moved: Counter[tuple[datetime, str, str]] = Counter()
    kept = F("withdrawn_cents") - F("reinstated_cents")
    for name, rows, at, currency, cents in (
        ("taken", Purchase.objects.paid(), "completed_at", "currency", F("paid_cents")),
        ("refunded", Refund.objects.counting(), "created_at", "purchase__currency", F("amount_cents")),
        ("charged_back", Dispute.objects.all(), "created_at", "purchase__currency", kept),
    ):
        found = rows.filter(**_within(period, at)).order_by().annotate(at=_step_of(period, at)).values("at", currency)
        for row in found.annotate(sum=Sum(cents)):
            moved[row["at"], row[currency], name] += row["sum"]
    return moved


def _orders(period: Period) -> Orders:
    asked = Q(stripe_checkout_session_id__isnull=False)
    counts = Purchase.objects.filter(**_within(period, "created_at")).aggregate(
        asked=Count("id", filter=asked),
        paid=Count("id", filter=asked & Q(status__in=Purchase.PAID)),
        failed=Count("id", filter=Q(status=Purchase.Status.FAILED)),
    )
    paying = Purchase.objects.paid().filter(paid_cents__gt=0, **_within(period, "completed_at"))
    return Orders(**counts, payers=paying.aggregate(users=Count("user", distinct=True))["users"])


def _within(period: Period, name: str) -> dict[str, datetime]:
    return {f"{name}__gte": period.start, f"{name}__lt": period.end}


def _step_of(period: Period, name: str) -> TruncHour | TruncDay:
    return TruncHour(name, tzinfo=UTC) if period.days == 1 else TruncDay(name, tzinfo=UTC)


def _sums(tokens: Counter[tuple[datetime, str]]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for (_, name), count in tokens.items():
        sums[name] += count
    return sums


def _sum_of_money(money: Counter[tuple[datetime, str, str]], wanted: str) -> Money:
    sums: Counter[str] = Counter()
    for (_, currency, name), cents in money.items():
        if currency == wanted:
            sums[name] += cents
    return Money(**sums)


def _step(
    at: datetime,
    tokens: Counter[tuple[datetime, str]],
    money: Counter[tuple[datetime, str, str]],
    currencies: list[str],
) -> Step:
    moved = Tokens(**{name: tokens[at, name] for name in Tokens.__dataclass_fields__})
    by_name = {
        currency: Money(**{name: money[at, currency, name] for name in Money.__dataclass_fields__})
        for currency in currencies
    }
    return Step(at, moved, {currency: amount.revenue for currency, amount in by_name.items()})
