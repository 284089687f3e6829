"""The seam to PostgreSQL's functions, which write a plain spend, or a plain completion, in one round trip.

`tokens.ledger.writer` says what happens; a function (of `tokens.spending.functions`) does the same or nothing at all.
Nothing, when a spend crosses lots, meets something due, a debt, a freeze or a used key, or is refused: then the answer
here is None, and the caller takes the ORM path, which decides. Tests take both and compare every row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from tokens.models import StripeEvent, TokenUsage
from tokens.spending.rates import Rate
from tokens.transactions import retried
from tokens.unkeepable import UNKEEPABLE

if TYPE_CHECKING:
    from tokens.purchases.lifecycle import PaidSession

SPEND = "spend_in_one_trip({}, %s, %s, %s, %s, %s, %s, %s, %s)"  # {} is whose, the rest is of `spend_params`
SPEND_ALONE = f"SELECT * FROM {SPEND.format('%s')}"  # noqa: S608  marks only
SPEND_MANY = "SELECT * FROM spend_many_in_one_trip(%s, %s::text[], %s::jsonb[], %s, %s, %s)"
COMPLETE = f"SELECT * FROM complete_in_one_trip({', '.join(['%s'] * 15)})"  # noqa: S608
_as_text = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
# In JSON, the NUL may also stand as JSON writes it.
NEVER_KEPT = re.compile(UNKEEPABLE.pattern + "|" + re.escape(r"\u0000"))


def is_possible() -> bool:
    """Whether spends may take the fast path: on PostgreSQL, unless ONE_TRIP is off."""
    return settings.ONE_TRIP and connection.vendor == "postgresql"


def spend(
    user_id: int,
    action: str,
    *,
    metadata: dict[str, Any],
    tokens: int | None = None,
    key: str | None = None,
    asked: str = "",
    rate: Rate | None = None,
) -> TokenUsage | None:
    """Spend what the catalogue says, or `tokens`; `asked` is the fingerprint stored with the key."""
    now = timezone.now()
    if not (is_possible() and (params := spend_params(action, metadata, tokens, key, asked, rate, at=now))):
        return None
    row = ask(SPEND_ALONE, (user_id, *params))
    return None if row[2] is None else TokenUsage.just_spent(user_id, action, metadata, *row, at=now)


def spend_params(
    action: str, metadata: Any, tokens: int | None, key: str | None, asked: str, rate: Rate | None, *, at: datetime
) -> tuple[Any, ...] | None:
    """What a question with SPEND in it is asked with; None if the database could not store it."""
    if (about := _json(metadata)) is None or not _can_be_kept(action, key):
        return None
    return action, tokens, about, key, asked, at, rate and rate.takes, rate and rate.ahead


def spend_many(
    user_id: int, spends: Sequence[tuple[str, dict[str, Any]]], *, key: str | None = None, asked: str = ""
) -> list[TokenUsage] | None:
    """All spends or none, in one statement; None when the ORM path must decide. Raises as `spends.spend_many`."""
    if not is_possible():
        return None
    now = timezone.now()
    actions, abouts = [action for action, _ in spends], [_json(metadata) for _, metadata in spends]
    if not (all(abouts) and _can_be_kept(key, *actions)):
        return None
    usage_ids, tokens, balances = ask(SPEND_MANY, (user_id, actions, abouts, key, asked, now))
    if balances is None:
        return None
    return [
        TokenUsage.just_spent(user_id, action, metadata, *figures, at=now)
        for (action, metadata), *figures in zip(spends, usage_ids, tokens, balances, strict=True)
    ]


def complete(event: dict[str, Any], payment: PaidSession, *, email: str) -> StripeEvent | None:
    """File a verified event and complete the purchase it pays, with the email of that kind; or find it filed before.

    The event is as it was delivered, with its row's id and status.
    """
    if not is_possible() or (payload := _json(event)) is None:
        return None
    about = StripeEvent.about(event)
    pk, state = ask(COMPLETE, (*about.values(), payload, timezone.now(), *payment, email))
    return StripeEvent(pk=pk, status=state, payload=event, **about) if state else None


def _json(metadata: dict[str, Any]) -> str | None:
    """As the database takes it, or None: then the portable path refuses, when its turn has come."""
    try:
        text = _as_text(metadata)
    except (TypeError, ValueError, RecursionError):
        return None
    return text if _can_be_kept(text) else None


def _can_be_kept(*texts: str | None) -> bool:
    return not any(text and NEVER_KEPT.search(text) for text in texts)


@retried
def ask(question: str, params: tuple[Any, ...]) -> Any:
    """Run one statement; returns its first row."""
    with connection.cursor() as cursor:
        cursor.execute(question, params)
        return cursor.fetchone()
