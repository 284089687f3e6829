"""A user's wallet: reading its figures, locking it, and writing them back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, Subquery
from django.utils import timezone

from accounts import sql
from accounts.api_keys import CallingKey
from accounts.models import KeyCaps
from tokens import rows
from tokens.errors import BooksDisagree, InsufficientTokens, SpendingStopped
from tokens.models import Books, Told, Wallet

WALLET_COLUMNS = [field.attname for field in Wallet._meta.concrete_fields]
# With the lock of the wallet, that of the books is shared: while it is, no hour closes (`tokens.ledger.hours`).
LOCK = f"""
    SELECT {", ".join(f"w.{column}" for column in WALLET_COLUMNS)}, b.closed_until
    FROM wallets w, books b WHERE w.user_id = %s AND b.id = (SELECT max(id) FROM books)
    FOR NO KEY UPDATE OF w FOR SHARE OF b
"""  # noqa: S608
# What movements change.
FIGURES = [
    "balance",
    "held",
    "frozen",
    "debt",
    "unposted",
    "unposted_since",
    "last_number",
    "posted_number",
    "due_at",
    "blocked_at",
    "calls_until",
    "spent_on",
    "spent_in_day",
    "spent_in_month",
    "alert_below",
    "told",
    "top_up_is_armed",
    "updated_at",
]
# Only over what was read: a spend in between has changed these two.
KEEP = f"""
    UPDATE wallets SET {", ".join(f"{name} = %s" for name in FIGURES)}
    WHERE user_id = %s AND last_number = %s AND unposted = %s RETURNING user_id
"""  # noqa: S608
CAPS = f"""
    SELECT {rows.columns(KeyCaps)} FROM accounts_keycaps WHERE id = (SELECT caps_id FROM accounts_apikey WHERE id = %s)
"""  # noqa: S608
TRIES = 5


def read_wallet(user_id: int, key: CallingKey | None = None) -> Wallet:
    """The figures of one user's wallet; a user who never had tokens reads as 0. With `key`, that key's caps too."""
    return with_caps(rows.find(Wallet, pk=user_id) or Wallet(user_id=user_id), key)


def with_caps(wallet: Wallet, key: CallingKey | None) -> Wallet:
    """The wallet, with the caps of the API key that asks at hand. While it is locked, nobody changes what they count.

    They are not looked for where there are none: the key had none when it was read, and got none since.
    """
    if key and (key.caps_id or has_got_caps(wallet, key)):
        wallet.caps = caps_of(key.id)
    return wallet


def caps_of(api_key: int) -> KeyCaps | None:
    """The caps of an API key, if it has any."""
    found = sql.run(CAPS, [api_key])
    return rows.of_row(KeyCaps, found[0]) if found else None


def has_got_caps(wallet: Wallet, key: CallingKey) -> bool:
    """Whether the key got caps after it was made."""
    return mark_of(key) in wallet.capped_keys


def mark_of(key: CallingKey) -> str:
    """How such a key stands among those of the wallet."""
    return f" {key.id} "


def wallet_of(user_id: int, row: Sequence[Any] | None) -> Wallet:
    """The wallet in a row of WALLET_COLUMNS; the empty one where there is no row."""
    return Wallet.from_db(connection.alias, WALLET_COLUMNS, row) if row else Wallet(user_id=user_id)


def get_token_balance(user_id: int) -> int:
    """The tokens a user has, less what is owed; negative after a reversal of tokens that were already spent."""
    return read_wallet(user_id).balance


def lock_wallet(user_id: int) -> Wallet:
    """The user's wallet, locked until the transaction ends; created on first use. Only inside a transaction."""
    if wallet := _locked(user_id):
        return wallet
    rows.create_once(Wallet(user_id=user_id))
    return _locked(user_id) or Wallet(user_id=user_id)


def lock_existing_wallet(user_id: int) -> Wallet:
    """As `lock_wallet`, but a user who has none gets an unsaved one with balance 0 (nothing could be taken from it)."""
    return _locked(user_id) or Wallet(user_id=user_id)


def keep(wallet: Wallet) -> None:
    """Write a locked wallet's figures. Its time never goes backwards, however the clocks of those who use it differ.

    Raises BooksDisagree when something was spent from it since it was read: then it must be opened again.
    """
    wallet.updated_at = max(wallet.updated_at, timezone.now())
    _arm(wallet)
    if not sql.run(KEEP, [*(getattr(wallet, name) for name in FIGURES), wallet.pk, *wallet.as_read]):
        raise BooksDisagree(f"The wallet of user {wallet.pk} has changed since it was read.")
    wallet.as_read = wallet.last_number, wallet.unposted


def require_available(wallet: Wallet, tokens: int) -> None:
    """Raises InsufficientTokens unless the wallet may spend this many tokens."""
    if wallet.blocked_at:
        raise SpendingStopped(required=tokens, balance=wallet.balance, debt=wallet.debt)
    if wallet.available < tokens:
        raise InsufficientTokens(required=tokens, balance=wallet.balance, available=wallet.available, debt=wallet.debt)


def stop_spending(wallet: Wallet, *, at: datetime) -> None:
    """Refuse every spend and hold of a locked wallet from now on."""
    wallet.blocked_at = at
    keep(wallet)


def allow_spending(wallet: Wallet) -> None:
    """Allow them again."""
    wallet.blocked_at = None
    keep(wallet)


def moment_of(wallet: Wallet, now: datetime) -> datetime:
    """`now`, or the wallet's last change if that was later: before the lock was had, or by a clock that is ahead.

    So time never goes backwards for a wallet, and what has expired stays expired.
    """
    return max(now, wallet.updated_at) if wallet.updated_at else now


def expect(wallet: Wallet, at: datetime | None) -> None:
    """Something in the wallet expires at that moment."""
    if at and (wallet.due_at is None or at < wallet.due_at):
        wallet.due_at = at


def _arm(wallet: Wallet) -> None:
    """A balance that is high enough arms the alerts and the automatic top-up again."""
    available = wallet.balance - wallet.frozen
    if available > 0:
        wallet.told = Told.NOTHING if available >= wallet.alert_below else min(wallet.told, Told.LOW)
    if wallet.top_up_below is not None and available >= wallet.top_up_below:
        wallet.top_up_is_armed = True


def _locked(user_id: int) -> Wallet | None:
    if not sql.is_postgresql():  # whoever writes is alone
        books = Books.objects.order_by("-pk")
        until = Subquery(books.values("closed_until")[:1])
        found = Wallet.objects.filter(pk=user_id).annotate(until=until, has_books=Exists(books)).first()
        wallet: Wallet | None = found
        sealed: Sequence[datetime | None] = [found.until] if found and found.has_books else []
    else:
        wallet, sealed = _locked_in_one(user_id)
    if wallet is None:
        return None
    if not sealed:
        raise BooksDisagree("There are no books: their table has no row.")
    wallet.closed_until, wallet.as_read = sealed[0], (wallet.last_number, wallet.unposted)
    return wallet


def _locked_in_one(user_id: int) -> tuple[Wallet | None, Sequence[datetime | None]]:
    """The wallet, and up to when hours are closed."""
    for _ in range(TRIES):
        if found := sql.run(LOCK, [user_id]):
            return wallet_of(user_id, found[0][:-1]), found[0][-1:]
        if not (wallet := rows.find(Wallet, pk=user_id)):
            return None, []
        # An hour was closed while this waited: the row of the books that it had found is gone, a newer one is there.
    return wallet, []
