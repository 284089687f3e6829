"""Giving tokens to a customer and taking them, by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, cast

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser

from tokens.errors import NotPermitted
from tokens.idempotency import answer_once, fingerprint
from tokens.models import Grant, GrantBatch, GrantRequest
from tokens.staff import alone, grants
from tokens.staff.acts import Why, may, record, require
from tokens.transactions import money_transaction
from tokens.wording import counted

Row = TypeVar("Row", bound=Grant | GrantRequest)

GRANT, GRANT_ANY, DEDUCT = "tokens.grant_tokens", "tokens.grant_any_tokens", "tokens.deduct_tokens"


def most_that(member: AbstractBaseUser) -> int | None:
    """How many tokens this member of staff may grant one customer at a time; None is unlimited."""
    if may(member, GRANT_ANY):
        return None
    return settings.STAFF_GRANT_LIMIT if may(member, GRANT) else 0


def require_grant(why: Why, tokens: int, *, on: int | None) -> None:
    """Raises NotPermitted unless the member of staff may grant one customer this many tokens.

    `on` is the customer's id, None for a list. Raises ActOnSelf.
    """
    require(why, GRANT, GRANT_ANY, on=on)
    most = most_that(why.by)
    if most is not None and tokens > most:
        raise NotPermitted(f"You can grant at most {most:,} tokens at a time. Ask someone whose role allows more.")


def grant(
    user: AbstractBaseUser, *, tokens: int, why: Why, expires_at: datetime | None = None, key: str | None = None
) -> Grant | GrantRequest:
    """Give tokens, free of charge, or, above what is left of STAFF_DAILY_GRANT_LIMIT, ask another person to agree.

    `key` makes a form that is sent twice act once. Raises NotPermitted (ActOnSelf for oneself), KeyReused.
    """
    require_grant(why, tokens, on=user.pk)

    def work() -> Grant | GrantRequest:
        if tokens > alone.left_for_this(why.by):
            return alone.ask(tokens, why=why, user=user, expires_at=expires_at)
        return _recorded(grants.grant(user, tokens=tokens, reason=why.text, by=why.by, expires_at=expires_at), why)

    return _once(user, work, key=key, asked=_asked_to_grant(tokens, why, expires_at))


def give(user: AbstractBaseUser, *, batch: GrantBatch, why: Why) -> Grant:
    """Give a customer of a list what the list says, once. Whoever started it was permitted to, or was approved of.

    Raises ActOnSelf.
    """
    tokens, expires_at = batch.tokens, batch.expires_at

    def work() -> Grant:
        row = grants.grant(user, tokens=tokens, reason=why.text, by=why.by, expires_at=expires_at, batch=batch)
        return _recorded(row, why)

    key = f"batch:{batch.pk}:{user.pk}"
    return _once(user, work, key=key, asked=_asked_to_grant(tokens, why, expires_at))


def deduct(user: AbstractBaseUser, *, tokens: int, why: Why, key: str | None = None) -> Grant:
    """Take tokens, never more than are available. Raises NotPermitted, InsufficientTokens, KeyReused."""
    require(why, DEDUCT, on=user.pk)

    def work() -> Grant:
        return _recorded(grants.deduct(user, tokens=tokens, reason=why.text, by=why.by), why)

    return _once(user, work, key=key, asked=fingerprint("deduct", tokens, why.text, why.by.pk))


def _asked_to_grant(tokens: int, why: Why, expires_at: datetime | None) -> str:
    return fingerprint("grant", tokens, why.text, why.by.pk, expires_at and expires_at.isoformat())


def _recorded(row: Grant, why: Why) -> Grant:
    nouns = {Grant.Kind.GRANT: "grant", Grant.Kind.DEDUCT: "deduction"}
    subject = f"{nouns[Grant.Kind(row.kind)]} of {counted(row.tokens, 'token')} (grant {row.pk})"
    record(row.kind, subject, why=why, user_id=row.user_id)
    return row


@money_transaction
def _once(user: AbstractBaseUser, work: Callable[[], Row], *, key: str | None, asked: str) -> Row:
    if key is None:
        return work()

    def named() -> Any:
        row = work()
        return row.pk if isinstance(row, Grant) else {"request": row.pk}

    body = answer_once(user.pk, key, request=asked, work=named).body
    made = Grant.objects.get(pk=body) if isinstance(body, int) else GrantRequest.objects.get(pk=body["request"])
    return cast(Row, made)
