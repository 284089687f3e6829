"""The month-end report: what was owed to customers in tokens, what moved, and what is owed now; also in money.

Every movement is worth what was paid for its lot, to the cent, as the ledger wrote it down; so the parts add up.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, Max, QuerySet, Sum, Window
from django.db.models.functions import Lag

from tokens.models import LedgerEntry, Purchase, Reversal, TokenUsage
from tokens.money import to_decimal

Kind = LedgerEntry.Kind

# Between the opening and the closing, in the order of the report.
MOVEMENTS = {
    "sold": "Sold",
    "granted": "Granted",
    "deducted": "Deducted",
    "consumed": "Consumed",
    "held": "Held, net",
    "refunded": "Refunded",
    "charged_back": "Charged back",
    "restored": "Restored",
    "expired": "Expired",
    "debt": "Debts repaid",
}
OF_ONE_KIND: dict[str, str] = {
    Kind.SPEND: "consumed",
    Kind.HOLD: "held",
    Kind.RELEASE: "held",
    Kind.DEDUCT: "deducted",
    Kind.EXPIRE: "expired",
    Kind.RESTORE: "restored",
    Kind.REPAY: "debt",
}


@dataclass(frozen=True)
class Amount:
    """Tokens, and their worth in the currency's smallest unit; both signed, above zero is owed to customers."""

    tokens: int = 0
    cents: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.tokens + other.tokens, self.cents + other.cents)


@dataclass(frozen=True)
class Report:
    """One currency's month: opening + Σ movements = closing, in tokens and in money."""

    currency: str
    opening: Amount
    movements: dict[str, Amount]
    closing: Amount

    @property
    def lines(self) -> dict[str, Amount]:
        """Every line by its name, in the order of the report."""
        moved = {MOVEMENTS[key]: amount for key, amount in self.movements.items()}
        return {"Opening": self.opening, **moved, "Closing": self.closing}

    @property
    def adds_up(self) -> bool:
        return sum(self.movements.values(), self.opening) == self.closing


def month_end(year: int, month: int) -> list[Report]:
    """A report for each currency in which anything was ever sold, over a calendar month in UTC."""
    return report(*bounds(year, month))


def bounds(year: int, month: int) -> tuple[datetime, datetime]:
    """The first moment of a month, and of the next. Raises ValueError for a month that does not exist."""
    start = datetime(year, month, 1, tzinfo=UTC)
    return start, datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)


def report(start: datetime, end: datetime) -> list[Report]:
    """As `month_end`, for any period from `start` up to but without `end`."""
    opening = _by_currency(LedgerEntry.objects.filter(created_at__lt=start))
    closing = _by_currency(LedgerEntry.objects.filter(created_at__lt=end))
    moved = _movements(LedgerEntry.objects.filter(created_at__gte=start, created_at__lt=end))
    _captures(moved, start, end)
    return [
        Report(
            currency,
            opening.get(currency, Amount()),
            {name: moved[currency, name] for name in MOVEMENTS},
            closing[currency],
        )
        for currency in sorted(closing)
    ]


def _by_currency(entries: QuerySet[LedgerEntry]) -> dict[str, Amount]:
    rows = entries.order_by().values("lot__currency").annotate(sum=Sum("tokens"), worth=Sum("worth_cents"))
    return {row["lot__currency"]: Amount(row["sum"], row["worth"]) for row in rows}


def _movements(entries: QuerySet[LedgerEntry]) -> defaultdict[tuple[str, str], Amount]:
    moved: defaultdict[tuple[str, str], Amount] = defaultdict(Amount)
    rows = entries.exclude(kind=Kind.REVERSE).order_by().values("lot__currency", "kind", "purchase__type")
    for row in rows.annotate(sum=Sum("tokens"), worth=Sum("worth_cents")):
        is_sale = row["purchase__type"] == Purchase.Type.TOKENS
        name = OF_ONE_KIND.get(row["kind"]) or ("sold" if is_sale else "granted")
        moved[row["lot__currency"], name] += Amount(row["sum"], row["worth"])
    by_reversal = entries.filter(kind=Kind.REVERSE).order_by().values("lot__currency", "reversal")
    causes = _causes(entries)
    for taken in by_reversal.annotate(sum=Sum("tokens"), worth=Sum("worth_cents")):
        moved[taken["lot__currency"], causes[taken["reversal"]]] += Amount(taken["sum"], taken["worth"])
    return moved


def _causes(entries: QuerySet[LedgerEntry]) -> dict[int, str]:
    """Whether each reversal was a refund's doing or a dispute's: whose sum had grown more since the one before."""
    purchases = entries.filter(kind=Kind.REVERSE).values("reversal__purchase")
    rows = Reversal.objects.filter(purchase__in=purchases).annotate(
        refunded_before=_before("refunded_cents"), disputed_before=_before("disputed_cents")
    )
    return {
        row.pk: "charged_back"
        if row.disputed_cents - row.disputed_before > row.refunded_cents - row.refunded_before
        else "refunded"
        for row in rows
    }


def _before(field: str) -> Window:
    """What a purchase's reversal before this one had in a field; 0 for its first."""
    return Window(Lag(field, default=0), partition_by=[F("purchase")], order_by=F("id").asc())


def _captures(moved: defaultdict[tuple[str, str], Amount], start: datetime, end: datetime) -> None:
    """What was held and is now spent leaves the held tokens and counts as consumed, in the month of its capture."""
    captured = TokenUsage.objects.filter(status=TokenUsage.Status.SPENT, ended_at__gte=start, ended_at__lt=end)
    entries = LedgerEntry.objects.filter(usage__in=captured, kind__in=[Kind.HOLD, Kind.RELEASE]).order_by()
    for row in entries.values("lot__currency").annotate(sum=Sum("tokens"), worth=Sum("worth_cents")):
        spent = Amount(row["sum"], row["worth"])
        moved[row["lot__currency"], "consumed"] += spent
        moved[row["lot__currency"], "held"] += Amount(-spent.tokens, -spent.cents)


def latest_month() -> tuple[int, int]:
    """The month of the newest entry, for a page that was asked for no month."""
    newest = LedgerEntry.objects.aggregate(at=Max("created_at"))["at"] or datetime.now(UTC)
    return newest.year, newest.month


def write_csv(out: Any, reports: list[Report]) -> None:
    """Write the report to a file: one line for each part: currency, what, tokens, money in whole currency units."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["currency", "line", "tokens", "money"])
    for report in reports:
        for name, amount in report.lines.items():
            money = to_decimal(amount.cents, report.currency)
            writer.writerow([report.currency, name, amount.tokens, money])
