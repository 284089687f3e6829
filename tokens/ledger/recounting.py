"""Totals that other code has left behind, such as a version before them, are made anew from what they are sums of.

Only totals are written: usages, entries and balances stay as they are. Whoever moves a user's tokens waits meanwhile,
because both hold the wallet's lock.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts import sql
from tokens.ledger.derived_totals import (
    Wrong,
    count_limits_again,
    miscounted,
    miscounted_keys,
    wrong_daily_totals,
    wrong_running_totals,
)
from tokens.ledger.expiry_warnings import expect_missing
from tokens.ledger.wallet import lock_existing_wallet
from tokens.ledger.whose import only
from tokens.models import DailyTotal, Lot, Purchase, PurchaseTotal, UsageTotal
from tokens.transactions import money_transaction
from tokens.wording import counted

RUNNING = """
    INSERT INTO usage_totals (user_id, action, tokens, count) VALUES (%s, %s, %s, %s)
    ON CONFLICT (user_id, action) DO UPDATE SET tokens = excluded.tokens, count = excluded.count
"""
DAILY = """
    INSERT INTO daily_totals (user_id, day, action, api_key, tokens, count) VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (user_id, day, action, api_key) DO UPDATE SET tokens = excluded.tokens, count = excluded.count
"""


class Bought(NamedTuple):
    """What a user's paid token purchases in one currency come to."""

    purchases: int
    tokens: int
    cents: int


NOTHING = Bought(0, 0, 0)
NAMES = Bought._fields


def recount() -> Iterator[str]:
    """Make every total right; a sentence for each that was wrong, as it was. Safe at any time, beside anything."""
    for user_id in sorted(_users_with_wrong_totals()):
        yield from recount_user(user_id)
    for user_id in (
        Lot.objects.filter(warn_at=None, expires_at__gt=timezone.now())
        .open()
        .values_list("wallet", flat=True)
        .distinct()
    ):
        _expect_missing(user_id)


@money_transaction
def recount_user(user_id: int) -> list[str]:
    """Make one user's totals right; a sentence for each that was wrong."""
    lock_existing_wallet(user_id)
    running, daily = list(wrong_running_totals(only(user_id))), list(wrong_daily_totals(only(user_id)))
    for wrong in running:
        _set_running(wrong)
    for wrong in daily:
        _set_daily(wrong)
    counts = [*miscounted(only(user_id)), *miscounted_keys(only(user_id))]
    if counts:
        count_limits_again(only(user_id))
    return [*map(str, running), *map(str, daily), *map(str, counts), *_recount_purchases(user_id)]


@money_transaction
def _expect_missing(user_id: int) -> None:
    lock_existing_wallet(user_id)
    expect_missing(user_id, timezone.now())


def _users_with_wrong_totals() -> set[int]:
    users = {wrong.user_id for wrong in (*wrong_running_totals(), *wrong_daily_totals())}
    users |= {wrong.user_id for wrong in miscounted()} | {wrong.user_id for wrong in miscounted_keys()}
    return users | {user_id for (user_id, _), _ in _said(Q()).items() ^ _bought(Q()).items()}


def _set_running(wrong: Wrong) -> None:
    if wrong.times:
        sql.run(RUNNING, [wrong.user_id, wrong.action, wrong.spent, wrong.times])
    else:
        UsageTotal.objects.filter(user=wrong.user_id, action=wrong.action).delete()


def _set_daily(wrong: Wrong) -> None:
    if wrong.times:
        sql.run(DAILY, [wrong.user_id, wrong.day, wrong.action, wrong.api_key, wrong.spent, wrong.times])
    elif wrong.day:
        rows = DailyTotal.objects.filter(user=wrong.user_id, day=wrong.day)
        rows.filter(action=wrong.action, api_key=wrong.api_key).delete()


def _recount_purchases(user_id: int) -> Iterator[str]:
    there, bought = _said(Q(user=user_id)), _bought(Q(user=user_id))
    for _, currency in sorted({key for key, _ in there.items() ^ bought.items()}):
        said, right = (sums.get((user_id, currency), NOTHING) for sums in (there, bought))
        if right == NOTHING:
            PurchaseTotal.objects.filter(user=user_id, currency=currency).delete()
        else:
            PurchaseTotal.objects.update_or_create(user_id=user_id, currency=currency, defaults=right._asdict())
        what = _in_words(said, currency)
        yield f"The total of user {user_id} says {what}, but they come to {_in_words(right, currency)}."


def _said(whose: Q) -> dict[tuple[int, str], Bought]:
    rows = PurchaseTotal.objects.filter(whose).order_by()
    return {(user, currency): Bought(*sums) for user, currency, *sums in rows.values_list("user", "currency", *NAMES)}


def _bought(whose: Q) -> dict[tuple[int, str], Bought]:
    """For a simulated purchase no money moves; its tokens are as real as any."""
    paid = Purchase.objects.paid().of_tokens().filter(whose).order_by().values("user", "currency")
    kept_cents = Sum(F("paid_cents") - F("reversed_cents"), filter=Q(is_simulated=False))
    sums = paid.annotate(
        times=Count("pk"), kept=Sum(F("tokens") - F("tokens_reversed")), kept_cents=Coalesce(kept_cents, 0)
    )
    return {
        (row["user"], row["currency"]): Bought(row["times"], int(row["kept"]), int(row["kept_cents"])) for row in sums
    }


def _in_words(bought: Bought, currency: str) -> str:
    return f"{counted(bought.purchases, 'purchase')}, {counted(bought.tokens, 'token')}, {bought.cents} {currency}"
