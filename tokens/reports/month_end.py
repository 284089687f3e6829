"""The month-end report: tokens outstanding at the start, what moved, and tokens outstanding at the end; also in money.

Every movement is worth what was paid for its lot, to the cent, as the ledger wrote it down; so the parts add up.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tokens.csv_cells import writer_to
from tokens.money import to_decimal
from tokens.reports.movements import Amount, Movement
from tokens.reports.period_totals import movement_sums, outstanding
from tokens.reports.taxes import Tax, taxes

# Between the opening and the closing, in the order of the report.
MOVEMENTS = {
    "sold": "Sold",
    "granted": "Granted",
    "deducted": "Deducted",
    "consumed": "Recognised (used)",
    "unspent": "Recognition undone",
    "held": "Net change in holds",
    "refunded": "Refunded",
    "charged_back": "Disputed",
    "restored": "Restored",
    "expired": "Expired",
    "debt": "Debt recovered",
    "corrected": "Corrected (debts kept apart)",
}


@dataclass(frozen=True)
class Report:
    """One currency's month: opening + Σ movements = closing, in tokens and in money; and the tax on what was paid."""

    currency: str
    opening: Amount
    movements: dict[str, Amount]
    closing: Amount
    tax: Tax

    @property
    def has_tax(self) -> bool:
        """Whether any was collected or refunded in the month."""
        return bool(self.tax.paid_tax or self.tax.refunded_tax)

    @property
    def lines(self) -> dict[str, Amount]:
        """Every line by its name, in the order of the report."""
        moved = {MOVEMENTS[key]: amount for key, amount in self.movements.items()}
        return {"Opening": self.opening, **moved, "Closing": self.closing}

    @property
    def adds_up(self) -> bool:
        return sum(self.movements.values(), self.opening) == self.closing


def month_end(year: int, month: int) -> list[Report]:
    """A report for each currency in which anything was ever sold or taxed, over a calendar month in UTC."""
    return report(*bounds(year, month))


def bounds(year: int, month: int) -> tuple[datetime, datetime]:
    """The first moment of a month, and of the next. Raises ValueError for a month that does not exist."""
    start = datetime(year, month, 1, tzinfo=UTC)
    return start, datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)


def month_named(text: str) -> tuple[int, int]:
    """Year and month of a text such as "2026-11". Raises ValueError."""
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})", text)
    if found is None:
        raise ValueError(text)
    year, month = int(found[1]), int(found[2])
    bounds(year, month)
    return year, month


def report(start: datetime, end: datetime) -> list[Report]:
    """As `month_end`, for any period from `start` up to but without `end`."""
    opening, closing, taxed = outstanding(start), outstanding(end), taxes(start, end)
    sums: defaultdict[tuple[str, str], Amount] = defaultdict(Amount)
    for (_, currency, name), amount in movement_sums(start, end, by="day").items():
        sums[currency, "granted" if name == Movement.ALLOWED else name] += amount
    return [
        Report(
            currency,
            opening.get(currency, Amount()),
            {name: sums[currency, name] for name in MOVEMENTS},
            closing.get(currency, Amount()),
            taxed.get(currency, Tax()),
        )
        for currency in sorted(
            {*closing, *(currency for currency, tax in taxed.items() if tax.paid_tax or tax.refunded_tax)}
        )
    ]


def write_csv(out: Any, reports: list[Report]) -> None:
    """Write the report to a file: one line for each part: currency, what, tokens, money in whole currency units."""
    write_row = writer_to(out, lineterminator="\n")
    write_row(["currency", "line", "tokens", "money"])
    for report in reports:
        for name, amount in report.lines.items():
            money = to_decimal(amount.cents, report.currency)
            write_row([report.currency, name, amount.tokens, money])
        for name, cents in _tax_lines(report):
            write_row([report.currency, name, 0, to_decimal(cents, report.currency)])


def _tax_lines(report: Report) -> list[tuple[str, int]]:
    """What the file says of tax, after the lines that add up; nothing where there was none."""
    if not report.has_tax:
        return []
    return [
        (f"{name}, {what}", cents)
        for name, *amounts in report.tax.rows
        for what, cents in zip(("with tax", "tax", "without tax"), amounts, strict=True)
    ]
