"""What importing a CSV file would do for one user: a verdict on every row, and who would pay. Nothing changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from accounts.api_keys import CallingKey
from brands.bulk_import.rows import JudgedFile, Row, Verdict, judge_file
from brands.importing import IMPORT, payment_for
from brands.models import Brand
from memberships.payer import Payment, Price
from tokens.catalog import get_catalog
from tokens.ledger.wallet import read_wallet

FEE = "csv_import"
LOOKED_UP_AT_ONCE = 500
YOURS_ALREADY = "You have this domain already."


@dataclass(frozen=True)
class Quote:
    """`payment` is for the new rows; the others are left out and cost nothing."""

    rows: list[Row]
    notices: tuple[str, ...]
    sha256: str
    price: Price
    payment: Payment

    @property
    def counts(self) -> dict[str, int]:
        """How many rows of each verdict."""
        found = Counter(row.verdict for row in self.rows)
        return {str(verdict): found[verdict] for verdict in Verdict}

    @property
    def is_payable(self) -> bool:
        return not self.payment.unpaid


def quote_csv(user_id: int, data: bytes, *, api_key: CallingKey | None = None) -> Quote:
    """What importing a file would cost this user, row by row; nothing is saved. Raises BadFile."""
    return quote_file(user_id, judge_file(data), api_key=api_key)


def quote_file(user_id: int, file: JudgedFile, *, api_key: CallingKey | None = None) -> Quote:
    """As `quote_csv`, for a file that was judged already."""
    price = csv_price()
    rows = list(judge(user_id, file.rows))
    units = sum(row.verdict == Verdict.NEW for row in rows)
    payment = payment_for(user_id, read_wallet(user_id, api_key), units=units, price=price)
    return Quote(rows, file.notices, file.sha256, price, payment)


def csv_price() -> Price:
    """What a file costs in tokens, and each new domain in it."""
    catalog = get_catalog()
    return Price(each=catalog.cost(IMPORT).tokens, fee=catalog.cost(FEE).tokens)


def judge(user_id: int, rows: Iterable[Row]) -> Iterator[Row]:
    """The rows, those of domains that the user has already marked as such; few are looked up and kept at a time."""
    rows = iter(rows)
    while some := list(islice(rows, LOOKED_UP_AT_ONCE)):
        domains = [row.domain for row in some if row.verdict == Verdict.NEW]
        yours = set(Brand.objects.of(user_id).filter(domain__in=domains).values_list("domain", flat=True))
        for row in some:
            is_yours = row.verdict == Verdict.NEW and row.domain in yours
            yield replace(row, verdict=Verdict.ALREADY_YOURS, why=YOURS_ALREADY) if is_yours else row
