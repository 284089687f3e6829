"""The life of an analysis: tokens are held, an engine works, and only a result is paid for.

Rules answer in the request that asked; a model is asked by the worker. Whoever works has a lease, and its number of the
attempt: after a takeover the one that was late changes nothing. The wallet is always locked before the analysis.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from accounts.api_keys import CallingKey
from brands.analysis import engines
from brands.analysis.errors import AnalysisFailed
from brands.analysis.subject import subject_of
from brands.errors import UnknownBrand
from brands.importing import lock_user
from brands.models import Analysis, Brand
from tokens import jobs, leases
from tokens.catalog import Cost, get_catalog
from tokens.errors import HoldEnded
from tokens.ledger.limits import require_spendable
from tokens.models import LedgerEntry, TokenUsage
from tokens.spending.holds import capture, hold, release
from tokens.transactions import money_transaction

log = logging.getLogger(__name__)

ACTION = "ai_analysis"
# What a worker needs besides the time that the engine may take.
SPARE = timedelta(seconds=30)
# Longer than a queue may ever be; a hold that ended by itself fails its analysis, which then costs nothing.
HOLD_LASTS = timedelta(days=1)
LAST_ATTEMPT = 3
OPEN = (Analysis.Status.QUEUED, Analysis.Status.RUNNING)


def analyze(user_id: int, brand_id: int, *, seen: int | None = None, api_key: CallingKey | None = None) -> Analysis:
    """Have one brand of the user's analysed; by the rules it is done on return. See `analyze_many`."""
    return analyze_many(user_id, [brand_id], seen=seen, api_key=api_key)[0]


def analyze_many(
    user_id: int, brand_ids: Sequence[int], *, seen: int | None = None, api_key: CallingKey | None = None
) -> list[Analysis]:
    """Have these brands analysed, all or none: the price of each is held at once.

    A brand whose analysis is under way gets that one, and pays nothing. `seen` is the id of the newest analysis that
    whoever asks knows of, 0 for none: a brand that has a newer one gets that, so a form sent twice acts once.
    `api_key` is the key that asked, whose caps count.
    Raises UnknownBrand, InsufficientTokens; then nothing was started.
    """
    engine = engines.engine_now()
    cost = None if engines.is_free(engine) else get_catalog().cost(ACTION)
    started, new = _start(user_id, list(dict.fromkeys(brand_ids)), engine, cost=cost, seen=seen, api_key=api_key)
    if engine == engines.MODEL:
        return started
    return [_run(analysis) if analysis.pk in new else analysis for analysis in started]


@money_transaction
def _start(
    user_id: int,
    brand_ids: list[int],
    engine: str,
    *,
    cost: Cost | None,
    seen: int | None,
    api_key: CallingKey | None,
) -> tuple[list[Analysis], set[int]]:
    """The analysis of each brand, and the ids of those that are new."""
    wallet = lock_user(user_id, api_key)
    # No row has a number beyond what its column holds, and the database may refuse to look for one.
    brands = Brand.objects.of(user_id).in_bulk([pk for pk in brand_ids if pk <= models.BigAutoField.MAX_BIGINT])
    if missing := [pk for pk in brand_ids if pk not in brands]:
        raise UnknownBrand(f"You have no domain {missing[0]}.")
    there = {analysis.brand_id: analysis for analysis in _that_stand_for(brand_ids, seen)}
    wanted = [brands[pk] for pk in brand_ids if pk not in there]
    if cost:
        require_spendable(wallet, cost.tokens * len(wanted), timezone.now())
    new = {brand.pk: _queue(brand, engine, cost, api_key) for brand in wanted}
    return [there.get(pk) or new[pk] for pk in brand_ids], {analysis.pk for analysis in new.values()}


def _that_stand_for(brand_ids: list[int], seen: int | None) -> QuerySet[Analysis]:
    """Analyses in whose place no other is started; the newest of a brand comes last."""
    stands = Q(status__in=OPEN)
    if seen is not None:
        stands |= Q(pk__gt=seen)
    return Analysis.objects.filter(stands, brand__in=brand_ids).order_by("pk")


def _queue(brand: Brand, engine: str, cost: Cost | None, api_key: CallingKey | None) -> Analysis:
    usage = None
    if cost:
        usage = hold(
            brand.owner_id,
            ACTION,
            tokens=cost.tokens,
            expires_in=HOLD_LASTS,
            metadata={"domain": brand.domain},
            api_key=api_key,
        )
    analysis = Analysis(
        brand=brand,
        user_id=brand.owner_id,
        hold=usage,
        engine=engine,
        model=engines.model_of(engine),
        prompt_version=engines.PROMPT_VERSIONS[engine],
    )
    if engine == engines.RULES:  # this request works itself; if it dies, the worker does
        analysis.status, analysis.attempts = Analysis.Status.RUNNING, 1
        analysis.lease_until = timezone.now() + _lease()
    analysis.save(force_insert=True)
    return analysis


# --- the work --------------------------------------------------------------------------


@jobs.works("analyses run", threads=2)
def work_one() -> bool:
    """Make the analysis that waits longest; whether there was one. Never inside a transaction."""
    analysis = _claim()
    if analysis is None:
        return False
    if analysis.attempts > LAST_ATTEMPT:
        _fail(analysis, f"It was interrupted {LAST_ATTEMPT} times.")
    elif analysis.hold and analysis.hold.status == TokenUsage.Status.RELEASED:
        _fail(analysis, "The tokens on hold for it were released before it finished.")
    else:
        _run(analysis)
    return True


@transaction.atomic(durable=True)
def _claim() -> Analysis | None:
    now = timezone.now()
    due = Analysis.objects.filter(
        Q(status=Analysis.Status.QUEUED) | Q(status=Analysis.Status.RUNNING, lease_until__lt=now)
    )
    until = {"status": Analysis.Status.RUNNING, "lease_until": now + _lease()}
    return leases.take(
        due.select_related("brand", "hold").order_by("created_at", "pk"),
        lambda analysis: {**until, "attempts": analysis.attempts + 1},
    )


def _lease() -> timedelta:
    return timedelta(seconds=settings.ANALYSIS_TIMEOUT_SECONDS) + SPARE


def _run(analysis: Analysis) -> Analysis:
    """Make the analysis and settle it; one whose lease was taken over comes back as it is by then."""
    subject, began = subject_of(analysis.brand), time.monotonic()
    try:
        suggestion = engines.analyse(analysis.engine, subject)
    except AnalysisFailed as failure:
        return _fail(analysis, str(failure))
    except Exception:
        log.exception("Analysis %s by %s failed", analysis.pk, analysis.engine)
        return _fail(analysis, "Something went wrong on our side.")
    return _finish(analysis, suggestion.model_dump(mode="json"), duration_ms=_since(began))


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


@money_transaction
def _finish(analysis: Analysis, result: dict[str, Any], *, duration_ms: int) -> Analysis:
    """Keep the result and charge for it, together or not at all."""
    row = _lock_if_still_ours(analysis)
    if row is None:
        return analysis
    if row.hold:
        try:
            # Its owner may have ended the hold through the API: with fewer tokens it pays for nothing.
            capture(row.hold, tokens=_held(row.hold))
        except HoldEnded:
            return _fail(analysis, "The tokens on hold for it were captured before it finished.")
    row.result, row.duration_ms = result, duration_ms
    return _end(row, Analysis.Status.DONE)


@money_transaction
def _fail(analysis: Analysis, why: str) -> Analysis:
    """Give the tokens back; what was captured otherwise stays so."""
    row = _lock_if_still_ours(analysis)
    if row is None:
        return analysis
    row.error = why
    if row.hold:
        with suppress(HoldEnded):
            release(row.hold)
            row.error = f"{why} Nothing was charged."
    return _end(row, Analysis.Status.FAILED)


def _lock_if_still_ours(analysis: Analysis) -> Analysis | None:
    """None when another worker has taken it over, or its brand was removed, which released the hold."""
    lock_user(analysis.user_id)
    return leases.if_still_ours(analysis).select_for_update().first()


def _end(row: Analysis, status: Analysis.Status) -> Analysis:
    row.status, row.finished_at, row.lease_until = status, timezone.now(), None
    row.save(update_fields=["status", "finished_at", "lease_until", "result", "duration_ms", "error"])
    return row


def _held(usage: TokenUsage) -> int:
    """What was held, whatever has become of it since."""
    entries = LedgerEntry.objects.caused_by(LedgerEntry.Cause.USAGE, usage.pk)
    moved = entries.filter(kind=LedgerEntry.Kind.HOLD).aggregate(sum=Sum("tokens", default=0))
    return -int(moved["sum"])
