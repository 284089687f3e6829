"""What a plain spend says to the database: for PostgreSQL one statement, for SQLite its parts.

Columns and conditions are the same on both. The limits of a wallet and the caps of an API key are the same text too.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from accounts import sql

MOST_UNPOSTED = 5000  # usages; with as many the wallet is not plain, so what is left to post is bounded

# The API key that asks: none, one without caps, or one with caps.
Key = Literal["none", "free", "capped"]

# What a plain spend needs of a wallet, and does to it.
PLAIN = """
    user_id = %(user)s AND balance - frozen >= %(tokens)s AND debt = 0 AND blocked_at IS NULL
    AND (due_at IS NULL OR due_at > {now}) AND last_number - posted_number < {most}
    AND {fits}
"""
TAKE = """
    balance = balance - %(tokens)s, unposted = unposted + %(tokens)s, last_number = last_number + %(lines)s,
    unposted_since = coalesce(unposted_since, {now}), updated_at = {now}, {count}
"""
# The limits of a wallet and the caps of a key: what is within them, and how it is counted.
FITS = """
    (day_limit IS NULL OR {in_day} + %(tokens)s <= day_limit)
    AND (month_limit IS NULL OR {in_month} + %(tokens)s <= month_limit)
"""
COUNT = "spent_on = {today}, spent_in_day = {in_day} + %(tokens)s, spent_in_month = {in_month} + %(tokens)s"
# What counts toward them in the wallet's own time.
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


@cache
def in_one(is_many: bool, key: Key, with_rate: bool, prove: bool) -> str:
    """On PostgreSQL: all of it in one statement, which returns number, id, balance and moment of each usage."""
    marks = _marks("greatest(%(now)s, updated_at)")
    plain = f"{PLAIN.format(**marks)} {RATE_IS_FREE if with_rate else ''}"
    take = f"UPDATE wallets SET {TAKE.format(**marks)} {COUNT_CALL if with_rate else ''}"  # noqa: S608
    if key == "capped":  # the wallet is locked, then the key counts, and then the wallet is taken from
        of_key = _marks("locked.now")
        paid = f"""
            WITH locked AS (
                SELECT greatest(%(now)s, updated_at) AS now FROM wallets WHERE {plain} FOR NO KEY UPDATE
            ), counted AS (
                UPDATE accounts_keycaps SET {COUNT.format(**of_key)} FROM locked
                WHERE id = %(caps)s AND {FITS.format(**of_key)} RETURNING id
            ), paid AS (
                {take} FROM counted WHERE user_id = %(user)s RETURNING balance, last_number, updated_at
            )
        """  # noqa: S608
    else:
        got_caps = "AND strpos(capped_keys, %(mark)s) = 0" if key == "free" else ""
        paid = f"WITH paid AS ({take} WHERE {plain} {got_caps} RETURNING balance, last_number, updated_at)"
    paid = f"{paid} INSERT INTO token_usage ({COLUMNS})"  # what is put in is above
    returned = "RETURNING number, id, balance_after, nullif(created_at, %(now)s)"
    digests = "%(key)s::uuid, %(request)s::uuid"
    if not is_many:
        tokens = proven("%(tokens)s::integer", "%(action)s", "%(quantity)s", prove=prove)
        return f"""{paid}
            SELECT %(user)s::bigint, last_number, %(action)s::varchar, %(quantity)s::integer, {tokens},
                %(about)s::jsonb, %(api_key)s::bigint, {digests}, 1, balance, updated_at, 'spent', ''
            FROM paid {returned}"""  # noqa: S608
    tokens = proven("line.tokens", "line.action", "line.quantity", prove=prove)
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


@cache
def taken(key: Key, with_rate: bool) -> str:
    """On SQLite: what is done to the wallet."""
    marks = _marks("max(%(now)s, updated_at)")
    take = f"UPDATE wallets SET {TAKE.format(**marks)}{', calls_until = %(until)s' if with_rate else ''}"  # noqa: S608
    got_caps = "AND instr(capped_keys, %(mark)s) = 0" if key == "free" else ""
    return f"{take} WHERE {PLAIN.format(**marks)} {got_caps} RETURNING balance, last_number, updated_at"


@cache
def counted_by_key() -> str:
    """On SQLite: what is counted toward the caps of the key, at the moment of the wallet."""
    marks = _marks("%(at)s")
    count = f"UPDATE accounts_keycaps SET {COUNT.format(**marks)}"  # noqa: S608
    return f"{count} WHERE id = %(caps)s AND {FITS.format(**marks)} RETURNING id"


@cache
def _marks(now: str) -> dict[str, Any]:
    """What stands for the marks in PLAIN, TAKE, FITS and COUNT, by what is the wallet's own time."""
    if sql.is_postgresql():
        today = f"CAST({now} AT TIME ZONE 'UTC' AS date)"
        month = f"date_trunc('month', {now} AT TIME ZONE 'UTC')"
    else:
        today, month = f"date({now})", f"date({now}, 'start of month')"
    counted = {name: text.format(today=today, month=month) for name, text in COUNTED.items()}
    ours = {"now": now, "today": today, "most": MOST_UNPOSTED, **counted}
    return {**ours, "fits": FITS.format(**ours), "count": COUNT.format(**ours)}


def proven(tokens: str, action: str, quantity: str, *, prove: bool) -> str:
    """What is charged; nothing at all, which the table refuses, if the catalogue says otherwise."""
    if not prove:
        return tokens
    price = f"{tokens} = c.tokens * CAST({quantity} AS bigint)"
    return PROVEN.format(tokens=tokens, action=action, is_price=price)
