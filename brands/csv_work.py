"""A CSV import's work, done by the worker: rows are staged in batches, and one last transaction shows and charges all.

Each step begins by renewing the lease, so that a worker whose import was taken over changes nothing any more.
queued → running → done | failed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, islice, repeat
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from brands.csv_file import CsvFile, Row, Verdict
from brands.csv_import import Status
from brands.csv_quotes import LOOKED_UP_AT_ONCE, judge
from brands.details import category_keys, name_and_slug
from brands.models import Brand, CsvImport
from brands.models.brand import BrandQuerySet
from memberships.payer import Payer
from tokens import jobs
from tokens.due import open_wallet
from tokens.errors import HoldEnded, TokenError
from tokens.models import TokenUsage, Wallet
from tokens.spending import end_holds, release
from tokens.transactions import money_transaction

log = logging.getLogger(__name__)

BATCH = 50
LEASE = timedelta(seconds=30)
MOST_ATTEMPTS = 5


class LeaseLost(Exception):
    """Another worker has this import by now, or it is over."""


class CannotFinish(Exception):
    """`str(error)` is a sentence for the person who waits; nothing is imported and nothing charged."""


@jobs.works("CSV imports worked", threads=2)
def work_one() -> bool:
    """Do the import that has waited longest, all of it, or take one over whose worker died. False: there is none."""
    csv_import = _claim()
    if csv_import:
        work(csv_import)
    return csv_import is not None


def work(csv_import: CsvImport) -> None:
    """Import it or undo it; when this process is asked to end, leave it to the next one."""
    try:
        if csv_import.attempts > MOST_ATTEMPTS:
            raise CannotFinish("Every worker that tried to import this died.")
        for batch in _batches(csv_import):
            if jobs.stopping.is_set():
                return _give_back(csv_import)
            _stage(csv_import, batch)
            csv_import.staged += len(batch)
        _require_all(csv_import)
        _finish(csv_import)
    except LeaseLost:
        log.warning("Import %s was taken over by another worker", csv_import.pk)
    except CannotFinish as error:
        _fail(csv_import, str(error))
    except Exception as error:
        log.exception("Import %s failed", csv_import.pk)
        _fail(csv_import, str(error) if isinstance(error, TokenError) else "Something went wrong here. Try again.")


# --- the lease -----------------------------------------------------------------------


def _claim() -> CsvImport | None:
    due = Q(status=Status.QUEUED) | Q(status=Status.RUNNING, lease_until__lt=timezone.now())
    found = CsvImport.objects.filter(due).order_by("queued_at").select_related("hold", "fee_hold").first()
    if found is None or not _take(found, due):
        return None
    found.attempts, found.staged = found.attempts + 1, 0
    return found


@money_transaction
def _take(found: CsvImport, due: Q) -> bool:
    same = CsvImport.objects.filter(due, pk=found.pk, attempts=found.attempts)
    mine = {"status": Status.RUNNING, "attempts": found.attempts + 1, "lease_until": timezone.now() + LEASE}
    if not same.update(**mine, staged=0):
        return False
    if found.status == Status.RUNNING:
        _staged(found).delete()
    return True


def _renew(csv_import: CsvImport, **changes: object) -> None:
    """Change the row if it is still this worker's. Raises LeaseLost."""
    mine = CsvImport.objects.filter(pk=csv_import.pk, status=Status.RUNNING, attempts=csv_import.attempts)
    if not mine.update(**{"lease_until": timezone.now() + LEASE, **changes}):
        raise LeaseLost


@money_transaction
def _give_back(csv_import: CsvImport) -> None:
    # Attempts are counted for workers that die, and this one goes in order.
    _renew(csv_import, status=Status.QUEUED, lease_until=None, staged=0, attempts=F("attempts") - 1)
    _staged(csv_import).delete()


# --- staging ---------------------------------------------------------------------------


def _batches(csv_import: CsvImport) -> Iterator[list[Brand]]:
    """The new rows as brands, each with what pays for it, in the order of the file."""
    rows = CsvFile(csv_import.content).rows(category_keys())
    new = (row for row in judge(csv_import.user_id, rows) if row.verdict == Verdict.NEW)
    payers = chain.from_iterable(repeat(payer, count) for payer, count in csv_import.payers)
    brands = (_brand(csv_import, row, next(payers, None)) for row in new)
    while batch := list(islice(brands, BATCH)):
        yield batch


def _brand(csv_import: CsvImport, row: Row, payer: str | None) -> Brand:
    if payer is None:
        raise CannotFinish("Domains of the file that were yours are not any more, so more than was quoted is new.")
    fields = {**row.fields, **name_and_slug(row.domain, row.fields.get("name", ""))}
    return Brand(
        owner_id=csv_import.user_id,
        csv_import=csv_import,
        is_staged=True,
        domain=row.domain,
        is_lookalike=row.is_lookalike,
        paid_by=payer,
        **fields,
    )


@money_transaction
def _stage(csv_import: CsvImport, batch: list[Brand]) -> None:
    _renew(csv_import, staged=csv_import.staged + len(batch))
    Brand.objects.bulk_create(batch)


def _staged(csv_import: CsvImport) -> BrandQuerySet:
    return Brand.objects.filter(csv_import=csv_import, is_staged=True)


def _require_all(csv_import: CsvImport) -> None:
    """Each row that was new at the start is staged by now, or its domain came in another way. Raises CannotFinish."""
    if csv_import.staged >= csv_import.wanted:
        return
    rows = judge(csv_import.user_id, CsvFile(csv_import.content).rows(category_keys()))
    yours = (row.domain for row in rows if row.verdict == Verdict.ALREADY_YOURS)
    # Rows of another import were made before it ended, and seen only then.
    is_later = Q(created_at__gt=csv_import.queued_at) | Q(csv_import__finished_at__gt=csv_import.queued_at)
    later, came_since = Brand.objects.of(csv_import.user_id).filter(is_later), 0
    while some := list(islice(yours, LOOKED_UP_AT_ONCE)):
        came_since += later.filter(domain__in=some).count()
    if csv_import.staged + came_since < csv_import.wanted:
        raise CannotFinish("Rows that were new are no longer valid: a category may have been removed. Send it again.")


# --- the end --------------------------------------------------------------------------------


@money_transaction
def _finish(csv_import: CsvImport) -> None:
    wallet = open_wallet(csv_import.user_id, timezone.now())
    _renew(csv_import)
    payers = _without_what_is_yours_by_now(csv_import)
    spent = _capture(wallet, csv_import, sum(rows for payer, rows in payers if payer == Payer.TOKENS))
    imported = _staged(csv_import).update(is_staged=False)
    _renew(
        csv_import,
        status=Status.DONE,
        imported=imported,
        tokens_spent=spent,
        payers=payers,
        lease_until=None,
        finished_at=timezone.now(),
    )


def _without_what_is_yours_by_now(csv_import: CsvImport) -> list[list[Any]]:
    """Drop staged rows of domains imported since; who pays for how many of those that stay."""
    visible = Brand.objects.of(csv_import.user_id).values("domain")
    dropped = _staged(csv_import).filter(domain__in=visible).delete()[0]
    if not dropped and csv_import.staged == csv_import.wanted:
        return list(csv_import.payers)
    counts = dict(_staged(csv_import).values_list("paid_by").annotate(rows=Count("pk")))
    return [[payer, counts[payer]] for payer, _ in csv_import.payers if payer in counts]


def _capture(wallet: Wallet, csv_import: CsvImport, units: int) -> int:
    """Charge for so many domains, and for the file if there is any; the tokens spent. Raises CannotFinish."""
    if csv_import.hold is None or csv_import.fee_hold is None:
        return 0
    held = csv_import.paid_by[Payer.TOKENS]
    each = csv_import.hold.tokens_spent // held
    tokens_of = {csv_import.hold.pk: units * each, csv_import.fee_hold.pk: csv_import.fee_hold.tokens_spent}
    if not units:
        tokens_of = dict.fromkeys(tokens_of, 0)
    try:
        end_holds(wallet, tokens_of)
    except HoldEnded as error:
        how = "were spent by capturing them" if error.usage.status == TokenUsage.Status.SPENT else "went back"
        raise CannotFinish(f"The tokens that were held for this {how} meanwhile. Start again.") from error
    if 0 < units < held:
        metadata = {**csv_import.hold.metadata, "domains": units}
        TokenUsage.objects.filter(pk=csv_import.hold.pk).update(metadata=metadata)
    return sum(tokens_of.values())


@money_transaction
def _fail(csv_import: CsvImport, why: str) -> None:
    """Undo it: no row stays, and what is held goes back. What its owner captured otherwise stays spent."""
    wallet = open_wallet(csv_import.user_id, timezone.now())
    holds = TokenUsage.objects.for_user(wallet.pk).filter(pk__in=[csv_import.hold_id, csv_import.fee_hold_id])
    spent = holds.spent().aggregate(tokens=Sum("tokens_spent", default=0))["tokens"]
    over = {"status": Status.FAILED, "error": why[:500], "lease_until": None, "finished_at": timezone.now()}
    try:
        _renew(csv_import, **over, tokens_spent=spent)
    except LeaseLost:
        return
    _staged(csv_import).delete()
    for usage in holds.held():
        release(usage)
