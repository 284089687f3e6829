"""A CSV import's work, done by the worker: rows are staged in batches, and one last transaction shows and charges all.

That transaction writes the last batch as well, so a file of one batch is never staged. Each transaction renews or ends
the lease, so that a worker whose import was taken over changes nothing any more.
queued → running → done | failed.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import chain, islice, repeat

from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from brands.bulk_import.quote import LOOKED_UP_AT_ONCE, YOURS_ALREADY, judge
from brands.bulk_import.rows import Row, Verdict
from brands.bulk_import.skipped import save_skipped, unfit_rows
from brands.bulk_import.start import Status
from brands.bulk_import.stored import rows_of
from brands.details import name_and_slug
from brands.models import Brand, CsvImport
from brands.models.brand import BrandQuerySet
from memberships.payer import Payer
from tokens import jobs, leases
from tokens.database_trouble import trouble_in
from tokens.errors import HoldEnded, TokenError
from tokens.ledger.due import open_wallet
from tokens.models import TokenUsage, Wallet
from tokens.spending.holds import capture_all, end_holds, release
from tokens.transactions import money_transaction

log = logging.getLogger(__name__)

BATCH = 50
LEASE = timedelta(seconds=30)
MOST_ATTEMPTS = 5


class LeaseLost(Exception):
    """Another worker has this import by now, or it is over."""


class CannotFinish(Exception):
    """`str(error)` is a sentence for the person who waits; nothing is imported and nothing charged."""


@jobs.works("CSV imports processed", threads=2)
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
            raise CannotFinish("The import was interrupted repeatedly. Start it again.")
        skipped: list[Row] = []
        batches = _batches(csv_import, skipped)
        last = next(batches, [])
        for batch in batches:
            if jobs.stopping.is_set():
                return _give_back(csv_import)
            _stage(csv_import, last)
            csv_import.staged += len(last)
            last = batch
        if jobs.stopping.is_set():
            return _give_back(csv_import)
        _finish(csv_import, last, skipped)
    except LeaseLost:
        log.warning("Import %s was taken over by another worker", csv_import.pk)
    except CannotFinish as error:
        _fail(csv_import, str(error), unfit_rows(csv_import))
    except Exception as error:
        if trouble_in(error):
            raise  # and is left to its lease: when the database is well again, somebody takes it over
        log.exception("Import %s failed", csv_import.pk)
        why = str(error) if isinstance(error, TokenError) else "Something went wrong on our side. Try again."
        _fail(csv_import, why, unfit_rows(csv_import))


# --- the lease -----------------------------------------------------------------------


@money_transaction
def _claim() -> CsvImport | None:
    now = timezone.now()
    due = CsvImport.objects.filter(Q(status=Status.QUEUED) | Q(status=Status.RUNNING, lease_until__lt=now))
    until = {"status": Status.RUNNING, "lease_until": now + LEASE, "staged": 0}
    claimed = leases.take(
        due.defer("content").order_by("queued_at"), lambda each: {**until, "attempts": each.attempts + 1}
    )
    if claimed and claimed.attempts > 1:  # a worker died over it
        _staged(claimed).delete()
    return claimed


def _renew(csv_import: CsvImport, **changes: object) -> None:
    """Change the row if it is still this worker's. Raises LeaseLost."""
    if not leases.if_still_ours(csv_import).update(**{"lease_until": timezone.now() + LEASE, **changes}):
        raise LeaseLost


@money_transaction
def _give_back(csv_import: CsvImport) -> None:
    # Attempts are counted for workers that die, and this one goes in order.
    _renew(csv_import, status=Status.QUEUED, lease_until=None, staged=0, attempts=F("attempts") - 1)
    _staged(csv_import).delete()


# --- staging ---------------------------------------------------------------------------


def _batches(csv_import: CsvImport, skipped: list[Row]) -> Iterator[list[Row]]:
    """The new rows in the order of the file; the others are added to `skipped`.

    The end looks the last batch up once more, under the wallet's lock.
    """
    rows: Iterable[Row] = rows_of(csv_import)
    # Then that one look-up is enough.
    is_small = csv_import.wanted <= BATCH and csv_import.rows <= LOOKED_UP_AT_ONCE
    judged = rows if is_small else judge(csv_import.user_id, rows)
    new = _new(judged, skipped)
    while batch := list(islice(new, LOOKED_UP_AT_ONCE if is_small else BATCH)):
        yield batch


def _new(rows: Iterable[Row], skipped: list[Row]) -> Iterator[Row]:
    for row in rows:
        if row.verdict == Verdict.NEW:
            yield row
        else:
            skipped.append(row)


@money_transaction
def _stage(csv_import: CsvImport, batch: Sequence[Row]) -> None:
    _renew(csv_import, staged=csv_import.staged + len(batch))
    Brand.objects.bulk_create(_brands(csv_import, batch, is_staged=True))


def _brands(csv_import: CsvImport, rows: Sequence[Row], *, is_staged: bool) -> list[Brand]:
    """The rows that follow those that are staged, each with what pays for it. Raises CannotFinish."""
    payers = list(islice(_payers(csv_import), csv_import.staged, csv_import.staged + len(rows)))
    if len(payers) < len(rows):
        raise CannotFinish("You removed some domains after the preview, so it's out of date. Check the file again.")
    return [
        Brand(
            owner_id=csv_import.user_id,
            csv_import=csv_import,
            is_staged=is_staged,
            domain=row.domain,
            is_lookalike=row.is_lookalike,
            paid_by=payer,
            **{**row.fields, **name_and_slug(row.domain, row.fields.get("name", ""))},
        )
        for row, payer in zip(rows, payers, strict=True)
    ]


def _payers(csv_import: CsvImport) -> Iterator[str]:
    """What pays for each row, in the order of the file."""
    return chain.from_iterable(repeat(payer, count) for payer, count in csv_import.payers)


def _staged(csv_import: CsvImport) -> BrandQuerySet:
    return Brand.objects.filter(csv_import=csv_import, is_staged=True)


def _require_all(csv_import: CsvImport, found: int) -> None:
    """Each row that was new at the start was found, or its domain came in another way since. Raises CannotFinish."""
    if found >= csv_import.wanted:
        return
    rows = judge(csv_import.user_id, rows_of(csv_import))
    yours = (row.domain for row in rows if row.verdict == Verdict.ALREADY_YOURS)
    # Rows of another import were made before it ended, and seen only then.
    is_later = Q(created_at__gt=csv_import.queued_at) | Q(csv_import__finished_at__gt=csv_import.queued_at)
    later, came_since = Brand.objects.of(csv_import.user_id).filter(is_later), 0
    while some := list(islice(yours, LOOKED_UP_AT_ONCE)):
        came_since += later.filter(domain__in=some).count()
    if found + came_since < csv_import.wanted:
        raise CannotFinish("Rows that were new are no longer valid: a category may have been removed. Send it again.")


# --- the end --------------------------------------------------------------------------------


@money_transaction
def _finish(csv_import: CsvImport, last: Sequence[Row] = (), skipped: Sequence[Row] = ()) -> None:
    """Charge, write the last batch and show it all. What failed in here, or came too late, has changed nothing."""
    wallet = open_wallet(csv_import.user_id, timezone.now())
    judged = list(judge(csv_import.user_id, last))
    new = [row for row in judged if row.verdict == Verdict.NEW]
    brands = _brands(csv_import, new, is_staged=False)
    found = csv_import.staged + len(brands)
    _require_all(csv_import, found)
    dropped = _yours_by_now(csv_import)
    left_out = [*skipped, *(row for row in judged if row.verdict != Verdict.NEW), *_dropped_rows(csv_import, dropped)]
    paid = Counter(islice(_payers(csv_import), found)) - dropped
    spent = _capture(wallet, csv_import, paid[Payer.TOKENS])
    _renew(
        csv_import,
        status=Status.DONE,
        staged=found,
        imported=paid.total(),
        skipped=len(left_out),
        tokens_spent=spent,
        payers=[[payer, paid[payer]] for payer, _ in csv_import.payers if paid[payer]],
        lease_until=None,
        finished_at=timezone.now(),
    )
    if dropped:
        _twins(csv_import).delete()
    if csv_import.staged:
        _staged(csv_import).update(is_staged=False)
    Brand.objects.bulk_create(brands)
    if left_out:
        save_skipped(csv_import, left_out)


def _yours_by_now(csv_import: CsvImport) -> Counter[str]:
    """How many staged rows, by what was to pay for them, are of domains that came in another way since."""
    if not csv_import.staged:
        return Counter()
    return Counter(dict(_twins(csv_import).values_list("paid_by").annotate(rows=Count("pk"))))


def _dropped_rows(csv_import: CsvImport, dropped: Counter[str]) -> list[Row]:
    """The rows that were staged and are yours by now: seldom any, so only then the rows are read once more."""
    if not dropped:
        return []
    domains = set(_twins(csv_import).values_list("domain", flat=True))
    rows = rows_of(csv_import)
    return [replace(row, why=YOURS_ALREADY) for row in rows if row.verdict == Verdict.NEW and row.domain in domains]


def _twins(csv_import: CsvImport) -> BrandQuerySet:
    return _staged(csv_import).filter(domain__in=Brand.objects.of(csv_import.user_id).values("domain"))


def _capture(wallet: Wallet, csv_import: CsvImport, units: int) -> int:
    """Charge for so many domains, and for the file if there is any; the tokens spent. Raises CannotFinish."""
    if csv_import.hold_id is None or csv_import.fee_hold_id is None:
        return 0
    try:
        if units == csv_import.paid_by[Payer.TOKENS]:
            return capture_all(wallet, [csv_import.fee_hold_id, csv_import.hold_id])
        return _capture_some(wallet, csv_import, units)
    except HoldEnded as error:
        how = "captured" if error.usage.status == TokenUsage.Status.SPENT else "released"
        raise CannotFinish(f"The tokens on hold for this import were {how} in the meantime. Start again.") from error


def _capture_some(wallet: Wallet, csv_import: CsvImport, units: int) -> int:
    """Charge for fewer domains than was held for; for none of them, the file costs nothing either. Raises HoldEnded."""
    found = TokenUsage.objects.in_bulk([csv_import.hold_id, csv_import.fee_hold_id])
    hold, fee = found[csv_import.hold_id], found[csv_import.fee_hold_id]
    each = hold.tokens_spent // csv_import.paid_by[Payer.TOKENS]
    tokens_of = {hold.pk: units * each, fee.pk: fee.tokens_spent if units else 0}
    end_holds(wallet, tokens_of)
    if units:
        metadata = {**hold.metadata, "domains": units}
        TokenUsage.objects.filter(pk=hold.pk).update(metadata=metadata)
    return sum(tokens_of.values())


@money_transaction
def _fail(csv_import: CsvImport, why: str, unfit: Sequence[Row] = ()) -> None:
    """Undo it: no row stays, and what is held goes back. What its owner captured otherwise stays spent."""
    wallet = open_wallet(csv_import.user_id, timezone.now())
    holds = TokenUsage.objects.for_user(wallet.pk).filter(pk__in=[csv_import.hold_id, csv_import.fee_hold_id])
    spent = holds.spent().aggregate(tokens=Sum("tokens_spent", default=0))["tokens"]
    over = {"status": Status.FAILED, "error": why[:500], "lease_until": None, "finished_at": timezone.now()}
    try:
        _renew(csv_import, **over, tokens_spent=spent, skipped=len(unfit))
    except LeaseLost:
        return
    save_skipped(csv_import, unfit)
    _staged(csv_import).delete()
    for usage in holds.held():
        release(usage)
