"""Reading a user's wallet: its cached figures, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from tokens.models import Wallet

WALLET_COLUMNS = [field.attname for field in Wallet._meta.concrete_fields]
READ_WALLET = f"SELECT {', '.join(WALLET_COLUMNS)} FROM wallets WHERE user_id = %s"  # noqa: S608  names of our columns


def read_wallet(user_id: int) -> Wallet:
    """The cached figures of one user's wallet, in one statement; a user who never had tokens reads as 0.

    Asked by every page and many calls, so PostgreSQL is asked directly: building the query would take longer than it.
    """
    if connection.vendor != "postgresql":
        return Wallet.objects.filter(pk=user_id).first() or Wallet(user_id=user_id)
    with connection.cursor() as cursor:
        cursor.execute(READ_WALLET, [user_id])
        return wallet_of(user_id, cursor.fetchone())


def wallet_of(user_id: int, row: Sequence[Any] | None) -> Wallet:
    """The wallet in a row of WALLET_COLUMNS; the empty one where there is no row, or an outer join found none."""
    return Wallet.from_db(connection.alias, WALLET_COLUMNS, row) if row and row[0] else Wallet(user_id=user_id)


def get_token_balance(user_id: int) -> int:
    """The tokens that remain in all of the user's lots; negative after a reversal of tokens that were already spent."""
    return read_wallet(user_id).balance
