"""A plain spend: it lowers the wallet and writes a usage for each line, and nothing else. Posting does the rest.

On PostgreSQL that is one statement, on SQLite two in a transaction, with the same columns and conditions. Where it is
not plain (too few tokens, a limit reached, a debt, something due, spending stopped, a rate used up, thousands unposted)
nothing happens.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, IntegrityError, transaction
from django.db.models.base import ModelState

from accounts import sql
from tokens.ledger.rates import Rate
from tokens.models import TokenUsage
from tokens.transactions import retried

# For each usage the digests of its key and its request.
Names = Sequence[tuple[UUID | None, UUID | None]]

MOST_UNPOSTED = 5000  # usages; with as many the wallet is not plain, so what is left to post is bounded
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
    """How the call was named: digests of key and request, and the id of the API key that asked."""

    key: UUID | None = None
    request: UUID | None = None
    api_key: int | None = None


class PriceChanged(Exception):
    """The catalogue's price is another one than the caller knew; nothing was charged."""


class KeyUsed(Exception):
    """There is a usage with this idempotency key already; nothing was charged."""


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
    params["api_key"] = asked.api_key
    params["batch"] = len(lines) if asked.key else 1
    try:
        if sql.is_postgresql():
            rows = _in_one(params, lines, names, rate=rate, prove=prove)
        else:
            rows = _in_two(params, lines, names, rate=rate, prove=prove)
    except IntegrityError as error:
        if named := _named(error):
            raise named from error
        raise
    if not rows:
        return None
    if len(rows) > 1:
        rows.sort()
    written = zip(lines, names, rows, strict=True)
    usages = [_usage(user_id, line, name, asked.api_key, at, *row) for line, name, row in written]
    usages[0].batch_size = params["batch"]
    return usages


# What a plain spend needs of a wallet, and does to it.
PLAIN = """
    user_id = %(user)s AND balance - frozen >= %(tokens)s AND debt = 0 AND blocked_at IS NULL
    AND (due_at IS NULL OR due_at > {now}) AND last_number - posted_number < {most}
    AND (day_limit IS NULL OR {in_day} + %(tokens)s <= day_limit)
    AND (month_limit IS NULL OR {in_month} + %(tokens)s <= month_limit)
"""
TAKE = """
    balance = balance - %(tokens)s, unposted = unposted + %(tokens)s, last_number = last_number + %(lines)s,
    unposted_since = coalesce(unposted_since, {now}), updated_at = {now},
    spent_on = {today}, spent_in_day = {in_day} + %(tokens)s, spent_in_month = {in_month} + %(tokens)s
"""
# What counts toward the limits of the wallet's own time.
COUNTED = {
    "in_day": "CASE WHEN spent_on >= {today} THEN spent_in_day ELSE 0 END",
    "in_month": "CASE WHEN spent_on >= {month} THEN spent_in_month ELSE 0 END",
}
RATE_IS_FREE = """
    AND (calls_until IS NULL OR calls_until <= %(now)s + %(ahead)s OR calls_until > %(now)s + %(ahead)s + %(takes)s)
"""
COUNT_CALL = """
    , calls_until = CASE WHEN calls_until > %(now)s + %(ahead)s + %(takes)s THEN %(now)s + %(takes)s
                         ELSE greatest(coalesce(calls_until, %(now)s), %(now)s) + %(takes)s END
"""
COLUMNS = """
    user_id, number, action, quantity, tokens_spent, metadata, api_key, key_digest, request_digest, batch_size,
    balance_after, created_at, status, reason
"""
PROVEN = "(SELECT CAST({tokens} AS integer) FROM action_costs c WHERE c.key = {action} AND {is_price})"


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
    return sql.run(_statement(len(lines) > 1, rate is not None, prove), params)


@cache
def _statement(is_many: bool, with_rate: bool, prove: bool) -> str:
    now = "greatest(%(now)s, updated_at)"
    marks = _marks(now, f"CAST({now} AT TIME ZONE 'UTC' AS date)", f"date_trunc('month', {now} AT TIME ZONE 'UTC')")
    paid = f"""
        WITH paid AS (
            UPDATE wallets SET {TAKE.format(**marks)} {COUNT_CALL if with_rate else ""}
            WHERE {PLAIN.format(**marks)} {RATE_IS_FREE if with_rate else ""}
            RETURNING balance, last_number, updated_at
        )
        INSERT INTO token_usage ({COLUMNS})
    """  # noqa: S608  what is put in is above
    returned = "RETURNING number, id, balance_after, nullif(created_at, %(now)s)"
    digests = "%(key)s::uuid, %(request)s::uuid"
    if not is_many:
        tokens = _tokens("%(tokens)s::integer", "%(action)s", "%(quantity)s", prove=prove)
        return f"""{paid}
            SELECT %(user)s::bigint, last_number, %(action)s::varchar, %(quantity)s::integer, {tokens},
                %(about)s::jsonb, %(api_key)s::bigint, {digests}, 1, balance, updated_at, 'spent', ''
            FROM paid {returned}"""  # noqa: S608
    tokens = _tokens("line.tokens", "line.action", "line.quantity", prove=prove)
    # Of a call for many with a key, the first usage has it, and says how many there are.
    return f"""{paid}
        SELECT %(user)s::bigint, last_number - %(lines)s + line.place, line.action, line.quantity, {tokens}, line.about,
            %(api_key)s::bigint, line.key, line.request,
            CASE WHEN line.place = 1 THEN %(batch)s::integer ELSE 1 END,
            balance + %(tokens)s - sum(line.tokens) OVER (ORDER BY line.place), updated_at, 'spent', ''
        FROM paid, unnest(%(actions)s::varchar[], %(quantities)s::integer[], %(each)s::integer[], %(about)s::jsonb[],
            %(keys)s::uuid[], %(requests)s::uuid[])
            WITH ORDINALITY AS line(action, quantity, tokens, about, key, request, place)
        ORDER BY line.place {returned}"""  # noqa: S608


def _in_two(
    params: dict[str, Any], lines: Sequence[Line], names: Names, *, rate: Rate | None, prove: bool
) -> list[tuple[int, int, int, datetime]]:
    with transaction.atomic():
        until = _call_counted(params, rate)
        if rate and until is None:
            return []
        if not (paid := sql.run(_taken(rate is not None), params | {"until": until})):
            return []
        (balance, number, at), tokens = paid[0], _tokens("%s", "%s", "%s", prove=prove)
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
            insert = (
                f"INSERT INTO token_usage ({COLUMNS}) VALUES {many} RETURNING number, id, balance_after, created_at"  # noqa: S608
            )
            written += sql.run(insert, some)
        return written


@cache
def _taken(with_rate: bool) -> str:
    now = "max(%(now)s, updated_at)"
    marks = _marks(now, f"date({now})", f"date({now}, 'start of month')")
    take = f"UPDATE wallets SET {TAKE.format(**marks)}{', calls_until = %(until)s' if with_rate else ''}"  # noqa: S608
    return f"{take} WHERE {PLAIN.format(**marks)} RETURNING balance, last_number, updated_at"


def _marks(now: str, today: str, month: str) -> dict[str, Any]:
    """What stands for the marks in PLAIN and TAKE."""
    counted = {name: text.format(today=today, month=month) for name, text in COUNTED.items()}
    return {"now": now, "today": today, "most": MOST_UNPOSTED, **counted}


def _call_counted(params: dict[str, Any], rate: Rate | None) -> datetime | None:
    """Until when the rate is used up with this call; None when it is used up already. The wallet is locked."""
    if not rate:
        return None
    rows = sql.run("SELECT calls_until FROM wallets WHERE user_id = %s", [params["user"]])
    return rate.with_call(sql.moment(rows[0][0]) if rows else None, params["now"])


def _tokens(tokens: str, action: str, quantity: str, *, prove: bool) -> str:
    """What is charged; nothing at all, which the table refuses, if the catalogue says otherwise."""
    if not prove:
        return tokens
    price = f"{tokens} = c.tokens * CAST({quantity} AS bigint)"
    return PROVEN.format(tokens=tokens, action=action, is_price=price)


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
