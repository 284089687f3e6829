"""Giving tokens to a customer and taking them, by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser

from tokens.errors import NotPermitted
from tokens.idempotency import answer_once, fingerprint
from tokens.models import Grant
from tokens.staff import grants
from tokens.staff.acts import Why, may, record, require
from tokens.transactions import money_transaction
from tokens.wording import counted

GRANT, GRANT_ANY, DEDUCT = "tokens.grant_tokens", "tokens.grant_any_tokens", "tokens.deduct_tokens"


def most_that(member: AbstractBaseUser) -> int | None:
    """How many tokens this member of staff may grant one customer at a time; None is unlimited."""
    if may(member, GRANT_ANY):
        return None
    return settings.STAFF_GRANT_LIMIT if may(member, GRANT) else 0


def require_grant(why: Why, tokens: int) -> None:
    """Raises NotPermitted unless the member of staff may grant one customer this many tokens."""
    require(why, GRANT, GRANT_ANY)
    most = most_that(why.by)
    if most is not None and tokens > most:
        raise NotPermitted(f"You can grant at most {most:,} tokens at a time. Ask someone whose role allows more.")


def grant(
    user: AbstractBaseUser, *, tokens: int, why: Why, expires_at: datetime | None = None, key: str | None = None
) -> Grant:
    """Give tokens, free of charge. `key` makes a form that is sent twice act once. Raises NotPermitted, KeyReused."""
    require_grant(why, tokens)
    return give(user, tokens=tokens, why=why, expires_at=expires_at, key=key)


def give(
    user: AbstractBaseUser, *, tokens: int, why: Why, expires_at: datetime | None = None, key: str | None = None
) -> Grant:
    """As `grant`, for a list whose permission was asked for when it was started."""

    def work() -> Grant:
        return grants.grant(user, tokens=tokens, reason=why.text, by=why.by, expires_at=expires_at)

    asked = fingerprint("grant", tokens, why.text, why.by.pk, expires_at and expires_at.isoformat())
    return _once(user, f"grant of {counted(tokens, 'token')}", why, work, key=key, asked=asked)


def deduct(user: AbstractBaseUser, *, tokens: int, why: Why, key: str | None = None) -> Grant:
    """Take tokens, never more than are available. Raises NotPermitted, InsufficientTokens, KeyReused."""
    require(why, DEDUCT)

    def work() -> Grant:
        return grants.deduct(user, tokens=tokens, reason=why.text, by=why.by)

    asked = fingerprint("deduct", tokens, why.text, why.by.pk)
    return _once(user, f"deduction of {counted(tokens, 'token')}", why, work, key=key, asked=asked)


@money_transaction
def _once(
    user: AbstractBaseUser, subject: str, why: Why, work: Callable[[], Grant], *, key: str | None, asked: str
) -> Grant:
    def recorded() -> int:
        row = work()
        record(row.kind, f"{subject} (grant {row.pk})", why=why, user_id=user.pk)
        return row.pk

    pk = recorded() if key is None else answer_once(user.pk, key, request=asked, work=recorded).body
    return Grant.objects.get(pk=pk)
