"""The seam to PostgreSQL's functions, which write a plain spend, or a plain completion, in one round trip.

`tokens.ledger` says what happens; a function (of `tokens.functions`) does the same or nothing at all. Nothing, when a
spend crosses lots, meets something due, a debt, a freeze or a used key, or is refused: then the answer here is None,
and the caller goes the portable way, which decides. Tests do the same both ways and compare every row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from tokens.models import StripeEvent, TokenUsage
from tokens.rates import Rate
from tokens.transactions import retried

SPEND = """
    SELECT usage_id, spent, balance FROM spend_in_one_trip(%s::bigint, %s::text, %s::integer, %s::jsonb,
        %s::text, %s::text, %s::timestamptz, %s::interval, %s::interval)
"""
SPEND_MANY = """
    SELECT usage_ids, spents, balances
    FROM spend_many_in_one_trip(%s::bigint, %s::text[], %s::jsonb[], %s::text, %s::text, %s::timestamptz)
"""
_as_text = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
# What PostgreSQL keeps in no text and no JSON: the NUL, as it is or as JSON writes it, and half of a surrogate pair.
NEVER_KEPT = re.compile("[\0\ud800-\udfff]|" + re.escape(r"\u0000"))
COMPLETE = """
    SELECT event_id, state FROM complete_in_one_trip(%s::text, %s::text, %s::text, %s::boolean, %s::jsonb,
        %s::timestamptz, %s::uuid, %s::text, %s::integer, %s::integer, %s::integer, %s::text, %s::text, %s::text,
        %s::text)
"""
SPENT = TokenUsage.Status.SPENT
FIELDS = [field.attname for field in TokenUsage._meta.concrete_fields]


@dataclass(frozen=True)
class Payment:
    """What a paid Checkout Session says, to be compared with the purchase it points to. Money in the smallest unit."""

    pointer: UUID
    buyer: str
    subtotal: int
    discount: int
    total: int
    currency: str
    payment_intent: str | None
    session_id: str


def is_possible() -> bool:
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
    """Spend what the catalogue says, or `tokens`; `asked` is the fingerprint that the key is kept with."""
    if not (is_possible() and (about := _json(metadata)) and _can_be_kept(action, key)):
        return None
    now = timezone.now()
    takes, ahead = (rate.takes, rate.ahead) if rate else (None, None)
    row = _ask(SPEND, (user_id, action, tokens, about, key, asked, now, takes, ahead))
    return _usage(user_id, action, metadata, *row, now=now) if row[0] else None


def spend_many(
    user_id: int, spends: Sequence[tuple[str, dict[str, Any]]], *, key: str | None = None, asked: str = ""
) -> list[TokenUsage] | None:
    if not is_possible():
        return None
    now = timezone.now()
    actions, abouts = [action for action, _ in spends], [_json(metadata) for _, metadata in spends]
    if not (all(abouts) and _can_be_kept(key, *actions)):
        return None
    usage_ids, tokens, balances = _ask(SPEND_MANY, (user_id, actions, abouts, key, asked, now))
    if usage_ids is None:
        return None
    return [
        _usage(user_id, action, metadata, *figures, now=now)
        for (action, metadata), *figures in zip(spends, usage_ids, tokens, balances, strict=True)
    ]


def complete(event: dict[str, Any], payment: Payment, *, letter: str) -> StripeEvent | None:
    """File a verified event and complete the purchase it pays, with the letter of that kind; or find it filed before.

    The event is as it was delivered, with its row's id and status.
    """
    if not is_possible() or (payload := _json(event)) is None:
        return None
    about = (event["id"], event["type"], event.get("api_version") or "", event["livemode"])
    pk, state = _ask(COMPLETE, (*about, payload, timezone.now(), *astuple(payment), letter))
    stripe_id, kind, version, livemode = about
    fields = {"stripe_id": stripe_id, "type": kind, "api_version": version, "livemode": livemode, "payload": event}
    return StripeEvent(pk=pk, status=state, **fields) if pk else None


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
def _ask(question: str, params: tuple[Any, ...]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(question, params)
        return cursor.fetchone()


def _usage(
    user_id: int, action: str, metadata: dict[str, Any], pk: int, tokens: int, balance: int, *, now: datetime
) -> TokenUsage:
    row = {"id": pk, "user_id": user_id, "action": action, "tokens_spent": tokens, "metadata": metadata}
    row |= {"status": SPENT, "reason": "", "balance_after": balance, "created_at": now}
    return TokenUsage.from_db(connection.alias, FIELDS, list(map(row.get, FIELDS)))
