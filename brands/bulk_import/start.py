"""A CSV import's beginning: the quote that is kept, and the start, when its tokens are held and its places promised.

quoted → queued; `brands.bulk_import.work` does the rest. Locks are taken in this order: wallet, import.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from accounts.api_keys import CallingKey
from brands.bulk_import.quote import FEE, Quote, judge, quote_file
from brands.bulk_import.rows import JudgedFile, Row, Verdict, judge_file
from brands.bulk_import.skipped import save_skipped
from brands.bulk_import.stored import judged_file, rows_of, save_rows
from brands.errors import UnknownImport
from brands.importing import IMPORT, lock_user, whole_payment
from brands.models import CsvImport
from memberships.payer import Payer, Payment, Price
from tokens.catalog import Catalog, get_catalog
from tokens.models import TokenUsage
from tokens.spending.holds import hold_many_at
from tokens.sweep import sweeps
from tokens.transactions import money_transaction

Status = CsvImport.Status

# An import that has waited longer than this, because no worker ran, is undone.
HELD_FOR = timedelta(days=1)
QUOTES_KEPT_EACH = 20
DELETED_AT_ONCE = 100
LONGEST_FILENAME = 255
GONE = "Unknown import. Previews are deleted after a while; upload the file again."


def find(user_id: int, pk: UUID) -> CsvImport:
    """The user's import with this id. Raises UnknownImport, for another user's as well."""
    # A page in progress asks every second, and the content may have 5 MB.
    found = CsvImport.objects.of(user_id).filter(pk=pk).defer("content").first()
    if found is None:
        raise UnknownImport(GONE)
    return found


def save_quote(user_id: int, data: bytes, *, filename: str = "") -> CsvImport:
    """File what was sent, to be looked at and started. Raises BadFile; then nothing is kept."""
    return save(user_id, judge_file(data), filename=filename)


@transaction.atomic
def save(user_id: int, file: JudgedFile, *, filename: str = "") -> CsvImport:
    """As `save_quote`, for a file that was judged already."""
    name = "".join(char for char in filename if char.isprintable())[:LONGEST_FILENAME]
    csv_import = CsvImport.objects.create(
        user_id=user_id,
        filename=name,
        content=file.text,
        sha256=file.sha256,
        rows=len(file.rows),
        notices=list(file.notices),
    )
    save_rows(csv_import, file.rows)
    return csv_import


def quote_of(csv_import: CsvImport) -> Quote:
    """What it would do if it were started now. Raises UnknownImport when it was deleted meanwhile."""
    file = judged_file(csv_import)
    if len(file.rows) < csv_import.rows:
        raise UnknownImport(GONE)
    return quote_file(csv_import.user_id, file)


def start(csv_import: CsvImport, *, api_key: CallingKey | None = None) -> CsvImport:
    """Hold what it costs and queue it. Started before, or the same file is under way: that import is returned.

    With no new row it is done at once, for nothing. Raises NothingPays, after which nothing has changed, and
    UnknownImport when the quote was deleted meanwhile.
    """
    rows = list(judge(csv_import.user_id, rows_of(csv_import)))
    skipped = [row for row in rows if row.verdict != Verdict.NEW]
    return _start(csv_import, len(rows) - len(skipped), skipped, get_catalog(), api_key)


@money_transaction
def start_file(user_id: int, data: bytes, *, filename: str = "", api_key: CallingKey | None = None) -> CsvImport:
    """Keep a file and start it, both or neither. Raises BadFile, NothingPays."""
    with transaction.atomic():  # so that a refused file is not kept by a caller's transaction either
        return start(save_quote(user_id, data, filename=filename), api_key=api_key)


@sweeps("old quotes deleted")
def forget_old_quotes() -> int:
    """Delete quotes that nobody started in time, and of one user all but the latest; how many."""
    quotes = CsvImport.objects.filter(status=Status.QUOTED)
    old = quotes.filter(created_at__lt=timezone.now() - timedelta(days=settings.QUOTE_DAYS))
    place = Window(RowNumber(), partition_by=F("user"), order_by=[F("created_at").desc(), F("pk").desc()])
    too_many = quotes.annotate(place=place).filter(place__gt=QUOTES_KEPT_EACH)
    ids = sorted({*old.values_list("pk", flat=True), *too_many.values_list("pk", flat=True)})
    return sum(_forget(ids[at : at + DELETED_AT_ONCE]) for at in range(0, len(ids), DELETED_AT_ONCE))


@transaction.atomic
def _forget(ids: list[UUID]) -> int:
    # Locked first, for one that is started meanwhile must stay; and its content, which may be large, is not read.
    quotes = CsvImport.objects.filter(pk__in=ids, status=Status.QUOTED).order_by("pk").select_for_update()
    still = list(quotes.values_list("pk", flat=True))
    return CsvImport.objects.filter(pk__in=still).only("pk").delete()[1].get(CsvImport._meta.label, 0)


@money_transaction
def _start(
    csv_import: CsvImport, wanted: int, skipped: list[Row], catalog: Catalog, api_key: CallingKey | None
) -> CsvImport:
    user_id = csv_import.user_id
    wallet = lock_user(user_id, api_key)
    mine = CsvImport.objects.of(user_id).defer("content")
    current = mine.select_for_update().filter(pk=csv_import.pk).first()
    if current is None:  # deleted since it was found: too old, or the same file was started from another quote
        raise UnknownImport(GONE)
    if current.status != Status.QUOTED:
        return current
    duplicate = mine.under_way().filter(sha256=current.sha256).first()
    if duplicate:
        current.delete()
        return duplicate

    price = Price(each=catalog.cost(IMPORT).tokens, fee=catalog.cost(FEE).tokens)
    payment = whole_payment(user_id, wallet, units=wanted, price=price)

    now = timezone.now()
    current.wanted, current.queued_at, current.payers = wanted, now, _in_runs(payment.payers)
    current.status = Status.QUEUED if wanted else Status.DONE
    current.finished_at = None if wanted else now
    if payment.tokens:
        current.hold, current.fee_hold = _hold(current, payment, catalog, api_key)
    current.skipped = None if wanted else len(skipped)
    changed = ["wanted", "queued_at", "payers", "status", "finished_at", "skipped", "hold", "fee_hold"]
    current.save(update_fields=changed)
    if not wanted:
        save_skipped(current, skipped)
    return current


def _hold(
    csv_import: CsvImport, payment: Payment, catalog: Catalog, api_key: CallingKey | None
) -> tuple[TokenUsage, TokenUsage]:
    """Two holds, so that the usage says what the domains took and what the file did."""
    units = payment.counts[Payer.TOKENS]
    said: dict[str, Any] = {"file": csv_import.filename or "pasted text"}
    domains, fee = catalog.cost(IMPORT), catalog.cost(FEE)
    holds = [(fee, fee.tokens, said), (domains, units * domains.tokens, {**said, "domains": units})]
    for_fee, for_domains = hold_many_at(csv_import.user_id, holds, expires_in=HELD_FOR, api_key=api_key)
    return for_domains, for_fee


def _in_runs(payers: Sequence[Payer | None]) -> list[list[Any]]:
    """Pairs of a payer and how many rows in a row it pays for."""
    return [[str(payer), len(list(run))] for payer, run in groupby(payers)]
