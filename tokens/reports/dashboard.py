"""The figures of the dashboard: a period's money and tokens, step by step, and the tokens outstanding now.

Tokens are read from the ledger as the month-end report reads them; money is what was paid less what went back.
A simulated purchase brings tokens and no money. What has a time of completion is paid: a rule of the database.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from tokens.models import Dispute, Purchase, Refund
from tokens.reports import period_totals
from tokens.reports.movements import Amount, Movement
from tokens.reports.taxes import tax_of_refund
from tokens.truncation import By, start_of, step_of

DAYS = (1, 7, 30, 90)


@dataclass(frozen=True)
class Period:
    """So many days in UTC up to the end of today; one day is shown by the hour."""

    days: int
    start: datetime
    end: datetime

    @property
    def by(self) -> By:
        return "hour" if self.days == 1 else "day"

    @property
    def step(self) -> timedelta:
        return timedelta(hours=1) if self.by == "hour" else timedelta(days=1)

    def steps(self) -> list[datetime]:
        return [self.start + number * self.step for number in range((self.end - self.start) // self.step)]


@dataclass(frozen=True)
class Money:
    """In the smallest unit of one currency."""

    taken: int = 0
    refunded: int = 0
    charged_back: int = 0
    tax: int = 0
    tax_refunded: int = 0

    @property
    def revenue(self) -> int:
        return self.taken - self.refunded - self.charged_back

    @property
    def tax_due(self) -> int:
        """The tax that was collected and not refunded."""
        return self.tax - self.tax_refunded

    @property
    def revenue_without_tax(self) -> int:
        return self.revenue - self.tax_due


@dataclass(frozen=True)
class Tokens:
    """What moved, each above zero. `taken_back` is what reversals took, less what they gave back again."""

    sold: int = 0
    allowed: int = 0
    granted: int = 0
    spent: int = 0
    taken_back: int = 0


T = TypeVar("T", Money, Tokens)


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
    money: dict[str, Money]

    @property
    def revenue(self) -> dict[str, int]:
        return {currency: money.revenue for currency, money in self.money.items()}


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
    """What customers still have of one currency's lots: the month-end report's closing, now."""

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
    """The figures of a period, and for comparison those before it. Twelve statements."""
    tokens, money = _tokens(period), _money(period)
    currencies = sorted({currency for _, currency, _ in money}) or ["usd"]
    steps = [_step(at, tokens, money, currencies) for at in period.steps()]
    return Figures(
        period,
        {currency: _total(Money, [step.money[currency] for step in steps]) for currency in currencies},
        _total(Tokens, [step.tokens for step in steps]),
        _orders(period),
        steps,
        currencies,
    )


def liabilities() -> list[Owed]:
    """One for each currency in which tokens are outstanding."""
    now = sorted(period_totals.outstanding().items())
    return [Owed(currency, amount.tokens, amount.cents) for currency, amount in now if amount != Amount()]


# The field of `Tokens` that each movement counts in, and whether it is above zero there.
COUNTS_AS: dict[str, tuple[str, int]] = {
    Movement.SOLD: ("sold", 1),
    Movement.ALLOWED: ("allowed", 1),
    Movement.GRANTED: ("granted", 1),
    Movement.CONSUMED: ("spent", -1),
    Movement.UNSPENT: ("spent", -1),
    Movement.REFUNDED: ("taken_back", -1),
    Movement.CHARGED_BACK: ("taken_back", -1),
    Movement.RESTORED: ("taken_back", -1),
}


def _tokens(period: Period) -> Counter[tuple[datetime, str]]:
    """Tokens by step and field of `Tokens`."""
    counts: Counter[tuple[datetime, str]] = Counter()
    found = period_totals.movement_sums(period.start, period.end, by=period.by)
    for (at, _, movement), amount in found.items():
        if movement in COUNTS_AS:
            name, sign = COUNTS_AS[movement]
            counts[at, name] += sign * amount.tokens
    return counts


def _money(period: Period) -> Counter[tuple[datetime, str, str]]:
    """Cents by step, currency and field of `Money`. A dispute counts when it was opened, with what it took and kept."""
    back = Refund.objects.counting().annotate(tax=tax_of_refund())
    moved: Counter[tuple[datetime, str, str]] = Counter()
    kept, real = F("withdrawn_cents") - F("reinstated_cents"), {"purchase__is_simulated": False}
    paid = {"taken": F("paid_cents"), "tax": F("tax_cents")}
    refunded = {"refunded": F("amount_cents"), "tax_refunded": F("tax")}
    for rows, at, currency, cents in (
        (Purchase.objects.filter(is_simulated=False), "completed_at", "currency", paid),
        (back.filter(**real), "created_at", "purchase__currency", refunded),
        (Dispute.objects.filter(**real), "created_at", "purchase__currency", {"charged_back": kept}),
    ):
        found = rows.filter(**_within(period, at)).order_by().annotate(at=step_of(at, period.by)).values("at", currency)
        for row in found.annotate(**{f"sum_of_{name}": Sum(each) for name, each in cents.items()}):
            for name in cents:
                moved[start_of(row["at"]), row[currency], name] += row[f"sum_of_{name}"]
    return moved


def _orders(period: Period) -> Orders:
    made = Purchase.objects.filter(**_within(period, "created_at")).order_by()
    asked = made.filter(stripe_checkout_session_id__isnull=False).aggregate(
        all=Count("*"), paid=Count("status", filter=Q(status__in=Purchase.PAID))
    )
    paying = Purchase.objects.filter(is_simulated=False, paid_cents__gt=0)
    return Orders(
        asked=asked["all"],
        paid=asked["paid"],
        failed=made.filter(status=Purchase.Status.FAILED).count(),
        payers=paying.filter(**_within(period, "completed_at")).order_by().values("user").distinct().count(),
    )


def _within(period: Period, name: str) -> dict[str, datetime]:
    return {f"{name}__gte": period.start, f"{name}__lt": period.end}


def _step(
    at: datetime,
    tokens: Counter[tuple[datetime, str]],
    money: Counter[tuple[datetime, str, str]],
    currencies: list[str],
) -> Step:
    moved = Tokens(**{name: tokens[at, name] for name in Tokens.__dataclass_fields__})
    names = Money.__dataclass_fields__
    return Step(at, moved, {code: Money(**{name: money[at, code, name] for name in names}) for code in currencies})


def _total(kind: type[T], parts: list[T]) -> T:
    names = [field.name for field in fields(kind)]
    return kind(**{name: sum(getattr(part, name) for part in parts) for name in names})
