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

# Between the opening and the closing, in the order of the report.
MOVEMENTS = {
    "sold": "Sold",
    "granted": "Granted",
    "deducted": "Deducted",
    "consumed": "Recognised (used)",
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
    opening, closing = outstanding(start), outstanding(end)
    sums: defaultdict[tuple[str, str], Amount] = defaultdict(Amount)
    for (_, currency, name), amount in movement_sums(start, end, by="day").items():
        sums[currency, "granted" if name == Movement.ALLOWED else name] += amount
    return [
        Report(
            currency,
            opening.get(currency, Amount()),
            {name: sums[currency, name] for name in MOVEMENTS},
            closing[currency],
        )
        for currency in sorted(closing)
    ]


def write_csv(out: Any, reports: list[Report]) -> None:
    """Write the report to a file: one line for each part: currency, what, tokens, money in whole currency units."""
    write_row = writer_to(out, lineterminator="\n")
    write_row(["currency", "line", "tokens", "money"])
    for report in reports:
        for name, amount in report.lines.items():
            money = to_decimal(amount.cents, report.currency)
            write_row([report.currency, name, amount.tokens, money])
