"""Tokens that staff give or take: always added or subtracted, never set."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from tokens.emails.kinds import kind, write
from tokens.ledger import lots
from tokens.ledger.due import open_or_make_wallet, open_wallet
from tokens.ledger.lots import credit_grant
from tokens.ledger.wallet import get_token_balance, require_available
from tokens.models import Grant, GrantBatch
from tokens.staff.acts import forbid_self
from tokens.transactions import money_transaction

STAFF_CHANGE = kind(
    "staff_change",
    name="Tokens added or removed by us",
    description="Our staff added tokens to your balance free of charge, or removed some.",
    is_optional=True,
)
MOST_TOKENS = 1_000_000  # at a time: a mistyped zero is found before it is granted
LONGEST_REASON = 500


def grant(
    user: AbstractBaseUser,
    *,
    tokens: int,
    reason: str,
    by: AbstractBaseUser | None,
    expires_at: datetime | None = None,
    batch: GrantBatch | None = None,
) -> Grant:
    """Give tokens, free of charge; they expire at `expires_at` if that is set, which must be in the future.

    `by` is the member of staff, None for the shop itself; `batch` the list that it is part of. Raises ActOnSelf.
    """
    if expires_at and expires_at <= timezone.now():
        raise ValueError("Tokens that have already expired cannot be granted.")
    row = Grant(user_id=user.pk, kind=Grant.Kind.GRANT, tokens=tokens, reason=reason, by_id=by.pk if by else None)
    row.expires_at, row.batch = expires_at, batch
    return _checked(row, by)


def grant_tokens(user_id: int, tokens: int, reason: str) -> int:
    """Give a user free tokens that never expire, from a script or a shell; returns the new balance.

    The ledger and the back office show the grant with its reason and no member of staff. A second call grants again.
    Raises ValueError for an unknown user, for anything but a whole number of tokens from 1 to a million, and for a
    reason that is empty or longer than 500 characters.
    """
    if isinstance(tokens, bool) or not isinstance(tokens, int) or not 1 <= tokens <= MOST_TOKENS:
        raise ValueError(f"Grant a whole number of tokens from 1 to {MOST_TOKENS:,} (got {tokens!r}).")
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise ValueError(f"Say in up to {LONGEST_REASON} characters why the tokens are granted.")
    user = get_user_model().objects.filter(pk=user_id).first()
    if user is None:
        raise ValueError(f"No user has the id {user_id}.")
    grant(user, tokens=tokens, reason=reason.strip(), by=None)
    return get_token_balance(user_id)


def deduct(
    user: AbstractBaseUser,
    *,
    tokens: int,
    reason: str,
    by: AbstractBaseUser | None,
) -> Grant:
    """Take tokens, in burn order, never more than are available. Raises InsufficientTokens, ActOnSelf."""
    row = Grant(user_id=user.pk, kind=Grant.Kind.DEDUCT, tokens=tokens, reason=reason, by_id=by.pk if by else None)
    return _checked(row, by)


def _checked(row: Grant, by: AbstractBaseUser | None) -> Grant:
    forbid_self(by, row.user_id)
    if row.tokens < 1:
        raise ValueError("At least one token is granted or deducted.")
    if not row.reason.strip():
        raise ValueError("A grant or a deduction needs a reason.")
    return _record(row)


@money_transaction
def _record(row: Grant) -> Grant:
    row.pk = None  # a transaction run again starts from a fresh row
    if row.kind == Grant.Kind.GRANT:
        wallet = open_or_make_wallet(row.user_id, timezone.now())
        row.save(force_insert=True)
        credit_grant(wallet, row)
    else:
        wallet = open_wallet(row.user_id, timezone.now())
        require_available(wallet, row.tokens)
        row.save(force_insert=True)
        lots.deduct(wallet, row)
    if row.by_id:  # what a script did has letters of its own, if any
        write(row.user_id, STAFF_CHANGE, about=f"grant:{row.pk}", grant=row, wallet=wallet)
    return row
