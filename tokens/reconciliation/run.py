"""Our books compared with Stripe's, and brought in line by the same functions that the webhook uses.

Every kind of object has a comparison, registered with `@reconciles`; an app higher up adds its own, and none is
imported here. What gives money back comes last (`@reconciles_reversals`), when every payment has its purchase. A
comparison reads whole pages; only what does not agree is asked about anew, repaired, and looked at once more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Manager
from django.utils import timezone

from accounts.hooks import NamedHook
from tokens.errors import StripeUnreachable, TokenError
from tokens.models import Reconciliation
from tokens.reading import nothing_written

log = logging.getLogger(__name__)

EVERY = timedelta(hours=1)
# How long Stripe keeps events.
FARTHEST = timedelta(days=30)
# News may be some days late: Stripe tries to deliver for three.
OVERLAP = timedelta(days=3)
DRY = "nothing is changed by a dry run."


@dataclass(frozen=True)
class Gap:
    """What is said here, and what is said at Stripe, of one object.

    `repair` runs the webhook's own function once more with what was fetched; None where there is nothing to run.
    """

    ours: str
    theirs: str
    repair: Callable[[], Any] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Difference:
    """One object on which the books did not agree, and whether they do now."""

    what: str
    stripe_id: str
    ours: str
    theirs: str
    is_repaired: bool
    why_not: str = ""

    def __str__(self) -> str:
        outcome = "repaired." if self.is_repaired else f"not repaired: {self.why_not}"
        line = f"{self.what} {self.stripe_id}: {self.ours} here, {self.theirs} at Stripe; {outcome}"
        return " ".join(line.split())


# Fetches both sides of one object anew and compares; None when they agree.
Look = Callable[[], Gap | None]


@dataclass(frozen=True)
class Doubt:
    """An object that did not agree in a list: `look` tells whether it really doesn't."""

    what: str
    stripe_id: str
    look: Look
    gap: Gap


Comparison = Callable[[datetime], Iterator[Doubt | Difference]]
# What compares one kind of object: everything made since the datetime it is given. It is called outside any
# transaction, changes nothing itself, and yields what does not agree.
reconciles_lost: NamedHook[Comparison] = NamedHook()  # first, and only where it is asked for
reconciles: NamedHook[Comparison] = NamedHook()
reconciles_reversals: NamedHook[Comparison] = NamedHook()


def _settled(doubt: Doubt | Difference, *, is_dry: bool) -> list[Difference]:
    """Look anew at what did not agree in a list, repair it and look again. Nothing for one that agrees by now.

    Whatever goes wrong with one object is reported and stops no other.
    """
    if isinstance(doubt, Difference):
        return [doubt]
    gap = doubt.gap
    try:
        found = doubt.look()
        if found is None:
            return []
        gap = found
        why_not = DRY if is_dry else _repaired(gap, doubt.look)
    except Exception as error:
        if not isinstance(error, TokenError):
            log.exception("The %s %s could not be reconciled", doubt.what, doubt.stripe_id)
        why_not = str(error) or type(error).__name__
    return [Difference(doubt.what, doubt.stripe_id, gap.ours, gap.theirs, not why_not, why_not)]


def _repaired(gap: Gap, look: Look) -> str:
    """Why it could not be; nothing when it agrees now."""
    if gap.repair:
        gap.repair()
    left = look()
    return f"then it was {left.ours} here, {left.theirs} at Stripe." if left else ""


def waiting_for_staff(what: str, rows: Manager[Any]) -> Iterator[Difference]:
    """What agrees with Stripe, and cannot be told in the purchase's currency: open until staff have said it."""
    for row in rows.exclude(unclear="").order_by("pk"):
        yield Difference(what, row.stripe_id, "needs amount", "in another currency", False, row.unclear)


def reconcile(since: datetime | None = None, *, adopt: bool = False) -> Reconciliation:
    """Compare everything made since then (by default: since all was last compared), and repair what differs.

    The row that is returned says how it went, one line for each difference; one without `finished_at` could not
    compare everything. Safe to run at any time, also beside itself. With `adopt`, purchases that Stripe knows and a
    restored database lacks are made again first (`tokens.purchases.adopting`).
    """
    while True:
        run = _begin(since or _restored_from(adopt=adopt))
        if run:
            return _carry_out(run, adopt=adopt)


def compare(since: datetime | None = None, *, adopt: bool = False) -> Reconciliation:
    """As `reconcile`, but nothing is repaired and nothing written: the row is not saved."""
    now = timezone.now()
    since = since or _restored_from(adopt=adopt) or _not_yet_compared(now)
    run = Reconciliation(since=since, started_at=now)
    with nothing_written():
        return _noted(run, *_compared(run.since, adopt=adopt, is_dry=True))


def _restored_from(*, adopt: bool) -> datetime | None:
    """Far back, where lost purchases are looked for: a run since the restore may have compared, and named them only."""
    return timezone.now() - FARTHEST if adopt else None


def reconcile_hourly() -> int:
    """As `reconcile`, unless somebody began within the hour; how many differences were repaired."""
    run = _begin(None, unless_begun_after=timezone.now() - EVERY)
    return _carry_out(run).repaired if run else 0


def _begin(since: datetime | None, *, unless_begun_after: datetime | None = None) -> Reconciliation | None:
    """A new run; None when there is one already, or another caller has just taken the number of this one.

    The number is the guard: two callers who saw the same latest run want the same one, and a primary key is given
    once on every database. So the numbers are never left to a sequence.
    """
    now = timezone.now()
    latest = Reconciliation.objects.order_by("-pk").first()
    if unless_begun_after and latest and latest.started_at > unless_begun_after:
        return None
    number = latest.pk + 1 if latest else 1
    try:
        with transaction.atomic():
            return Reconciliation.objects.create(pk=number, since=since or _not_yet_compared(now), started_at=now)
    except IntegrityError:
        return None


def _not_yet_compared(now: datetime) -> datetime:
    """From where on nothing finished run has compared, less the overlap. A run with a gap before it proves nothing."""
    farthest = now - FARTHEST
    compared_until = farthest
    finished = Reconciliation.objects.filter(started_at__gt=farthest, finished_at__isnull=False)
    for since, started_at in finished.order_by("started_at").values_list("since", "started_at"):
        if since <= compared_until:
            compared_until = started_at
    return max(farthest, compared_until - OVERLAP)


def _carry_out(run: Reconciliation, *, adopt: bool = False) -> Reconciliation:
    found, unfinished = _compared(run.since, adopt=adopt)
    for line in [str(difference) for difference in found if not difference.is_repaired] + unfinished:
        log.error("Reconciliation: %s", line)
    _noted(run, found, unfinished).save(update_fields=["repaired", "unrepaired", "report", "finished_at"])
    return run


def _noted(run: Reconciliation, found: list[Difference], unfinished: list[str]) -> Reconciliation:
    run.repaired = sum(difference.is_repaired for difference in found)
    run.unrepaired = len(found) - run.repaired
    run.report = "\n".join([*map(str, found), *unfinished])
    run.finished_at = None if unfinished else timezone.now()
    return run


def _compared(since: datetime, *, adopt: bool, is_dry: bool = False) -> tuple[list[Difference], list[str]]:
    """What differed, and a sentence for each comparison that could not be brought to its end."""
    found: list[Difference] = []
    unfinished = list(_failures(since, reconciles_lost.functions, found, is_dry=is_dry)) if adopt else []
    if not unfinished:
        rest = {**reconciles.functions, **reconciles_reversals.functions}
        left = {(difference.what, difference.stripe_id) for difference in found if not difference.is_repaired}
        unfinished += _failures(since, rest, found, is_dry=is_dry, apart_from=left)
    return found, unfinished


def _failures(
    since: datetime,
    wanted: dict[str, Comparison],
    found: list[Difference],
    *,
    is_dry: bool,
    apart_from: Collection[tuple[str, str]] = (),
) -> Iterator[str]:
    """Run these comparisons into `found`; a sentence for each that could not be brought to its end."""
    for what, comparison in wanted.items():
        try:
            for each in comparison(since):
                if (each.what, each.stripe_id) not in apart_from:
                    found += _settled(each, is_dry=is_dry)
        except StripeUnreachable as error:
            yield f"The comparison of {what} did not finish, nor did what comes after it: {error}"
            return
        except Exception as error:
            log.exception("The comparison of %s failed", what)
            yield f"The comparison of {what} did not finish: {error}"
