"""A plain spend: it lowers the wallet and writes a usage for each line, and nothing else. Posting does the rest.

On PostgreSQL that is one statement, on SQLite two in a transaction, with the same columns and conditions. Where it is
not plain (too few tokens, a limit or the cap of a key reached, a debt, something due, spending stopped, a rate used up,
thousands unposted) nothing happens.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, IntegrityError, transaction
from django.db.models.base import ModelState

from accounts import sql
from accounts.api_keys import CallingKey
from tokens.ledger import spend_statements as statements
from tokens.ledger.rates import Rate
from tokens.ledger.wallet import mark_of
from tokens.models import TokenUsage, Wallet
from tokens.transactions import retried

# For each usage the digests of its key and its request.
Names = Sequence[tuple[UUID | None, UUID | None]]

LARGEST = 2**31 - 1
AT_A_TIME = 1000  # rows that are written in one statement, where there is a limit of values

_as_text = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
USAGE_COLUMNS = [field.attname for field in TokenUsage._meta.concrete_fields]
# What all plain spends have in common, in the order of the columns.
COMMON = {"status": TokenUsage.Status.SPENT, "reason": "", "batch_size": 1}
PLAIN_ROW = [COMMON.get(name) for name in USAGE_COLUMNS]
# The places of what they have not, as numbers: a look-up of each name would take as long as building the row.
ID, USER, NUMBER, ACTION, QUANTITY, TOKENS, METADATA, API_KEY, KEY, REQUEST, BALANCE, CREATED = map(
    USAGE_COLUMNS.index,
    "id user_id number action quantity tokens_spent metadata api_key key_digest request_digest balance_after "
    "created_at".split(),
)


@dataclass(frozen=True)
class Line:
    """One usage to be written: `tokens` for all of its `quantity`; `key` and `request` where it has its own name."""

    action: str
    tokens: int
    quantity: int = 1
    metadata: dict[str, Any] = field(default_factory=dict)
    key: UUID | None = None
    request: UUID | None = None


@dataclass(frozen=True)
class Asked:
    """How the call was named: digests of key and request, and the API key that asked."""

    key: UUID | None = None
    request: UUID | None = None
    api_key: CallingKey | None = None

    def within(self, wallet: Wallet) -> Asked:
        """The same, with the caps that the key has got since the call began: those of the wallet, which is locked."""
        if not self.api_key or self.api_key.caps_id or not wallet.caps:
            return self
        return replace(self, api_key=self.api_key._replace(caps_id=wallet.caps.pk))


class PriceChanged(Exception):
    """The catalogue's price is another one than the caller knew; nothing was charged."""


class KeyUsed(Exception):
    """There is a usage with this idempotency key already; nothing was charged."""


class CapReached(Exception):
    """The caps of the API key leave too little; what was done to the wallet is undone."""


@retried
def charge(
    user_id: int, lines: Sequence[Line], *, at: datetime, asked: Asked, rate: Rate | None = None, prove: bool = False
) -> list[TokenUsage] | None:
    """Spend on all lines or none: their usages with `balance_after`, or None where it is not plain.

    With `prove`, the prices are compared with the catalogue as they are charged. Raises PriceChanged, KeyUsed: only
    outside a caller's transaction, which they would break.
    """
    # What names the call stands on its first usage.
    names = [(asked.key, asked.request) if asked.key else (lines[0].key, lines[0].request)]
    names += [(line.key, line.request) for line in lines[1:]]
    tokens = sum(line.tokens for line in lines)
    params: dict[str, Any] = {"user": user_id, "tokens": tokens, "lines": len(lines), "now": at}
    params["batch"] = len(lines) if asked.key else 1
    params["api_key"], params["caps"] = asked.api_key or (None, None)
    if asked.api_key and not asked.api_key.caps_id:
        params["mark"] = mark_of(asked.api_key)
    try:
        if sql.is_postgresql():
            rows = _in_one(params, lines, names, rate=rate, prove=prove)
        else:
            rows = _in_two(params, lines, names, rate=rate, prove=prove)
    except IntegrityError as error:
        if named := _named(error):
            raise named from error
        raise
    except CapReached:
        return None
    if not rows:
        return None
    if len(rows) > 1:
        rows.sort()
    written = zip(lines, names, rows, strict=True)
    usages = [_usage(user_id, line, name, params["api_key"], at, *row) for line, name, row in written]
    usages[0].batch_size = params["batch"]
    return usages


def _in_one(
    params: dict[str, Any], lines: Sequence[Line], names: Names, *, rate: Rate | None, prove: bool
) -> list[tuple[int, int, int, datetime]]:
    if rate:
        params |= {"takes": rate.takes, "ahead": rate.ahead}
    if len(lines) == 1:
        params |= {**_of(lines[0]), "key": names[0][0], "request": names[0][1]}
    else:
        params |= {
            "actions": [line.action for line in lines],
            "quantities": [line.quantity for line in lines],
            "each": [line.tokens for line in lines],
            "about": [_as_text(line.metadata) for line in lines],
            "keys": [key for key, _ in names],
            "requests": [request for _, request in names],
        }
    return sql.run(statements.in_one(len(lines) > 1, _key_of(params), rate is not None, prove), params)


def _in_two(
    params: dict[str, Any], lines: Sequence[Line], names: Names, *, rate: Rate | None, prove: bool
) -> list[tuple[int, int, int, datetime]]:
    with transaction.atomic():
        until = _call_counted(params, rate)
        if rate and until is None:
            return []
        if not (paid := sql.run(statements.taken(_key_of(params), rate is not None), params | {"until": until})):
            return []
        if params["caps"] and not sql.run(statements.counted_by_key(), params | {"at": paid[0][2]}):
            raise CapReached
        (balance, number, at), tokens = paid[0], statements.proven("%s", "%s", "%s", prove=prove)
        values = f"(%s, %s, %s, %s, {tokens}, %s, %s, %s, %s, %s, %s, %s, 'spent', '')"
        number, balance, rows = number - len(lines), balance + params["tokens"], []
        for place, line in enumerate(lines):
            number, balance = number + 1, balance - line.tokens
            batch = params["batch"] if place == 0 else 1
            cost = [line.tokens, *([line.action, line.tokens, line.quantity] if prove else [])]
            rows += [params["user"], number, line.action, line.quantity, *cost, _as_text(line.metadata)]
            rows += [params["api_key"], *names[place], batch, balance, at]
        written, of_one = [], len(rows) // len(lines)
        for start in range(0, len(lines), AT_A_TIME):
            some = rows[start * of_one : (start + AT_A_TIME) * of_one]
            many = ", ".join([values] * (len(some) // of_one))
            into = f"INSERT INTO token_usage ({statements.COLUMNS}) VALUES {many}"  # noqa: S608
            insert = f"{into} RETURNING number, id, balance_after, created_at"
            written += sql.run(insert, some)
        return written


def _call_counted(params: dict[str, Any], rate: Rate | None) -> datetime | None:
    """Until when the rate is used up with this call; None when it is used up already. The wallet is locked."""
    if not rate:
        return None
    rows = sql.run("SELECT calls_until FROM wallets WHERE user_id = %s", [params["user"]])
    return rate.with_call(sql.moment(rows[0][0]) if rows else None, params["now"])


def _key_of(params: dict[str, Any]) -> statements.Key:
    return "capped" if params["caps"] else "free" if params["api_key"] else "none"


def _of(line: Line) -> dict[str, Any]:
    return {"action": line.action, "quantity": line.quantity, "about": _as_text(line.metadata)}


def _named(error: IntegrityError) -> Exception | None:
    """What a violated constraint says to the caller, if it is one that says something."""
    diag = getattr(error.__cause__, "diag", None)
    said = f"{diag.constraint_name or diag.column_name}" if diag else str(error)
    if "usage_key_once" in said or "key_digest" in said:
        return KeyUsed()
    if "tokens_spent" in said:
        return PriceChanged()
    return None


def _usage(
    user_id: int,
    line: Line,
    name: tuple[UUID | None, UUID | None],
    api_key: int | None,
    now: datetime,
    number: int,
    pk: int,
    balance: int,
    at: Any,
) -> TokenUsage:
    """The row that the database has just written, without asking for it. `at` is None if that was now."""
    row = PLAIN_ROW.copy()
    row[ID], row[USER], row[NUMBER] = pk, user_id, number
    row[ACTION], row[QUANTITY], row[TOKENS], row[METADATA] = line.action, line.quantity, line.tokens, line.metadata
    row[API_KEY], row[KEY], row[REQUEST] = api_key, *name
    row[BALANCE], row[CREATED] = balance, sql.moment(at) if at else now
    # As `from_db` makes it, in a fifth of the time, since nothing has to be found out about these columns.
    usage = TokenUsage.__new__(TokenUsage)
    usage._state = state = ModelState()
    state.db, state.adding = DEFAULT_DB_ALIAS, False
    usage.__dict__.update(zip(USAGE_COLUMNS, row, strict=True))
    return usage
