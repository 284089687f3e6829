"""Caps of an API key that is there: lowered at once, raised only with the password of its owner."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from django.utils import timezone

from accounts import api_keys, sql
from accounts.api_keys import CallingKey, Caps
from accounts.models import ApiKey, KeyCaps
from tokens import rows
from tokens.errors import PasswordNeeded
from tokens.ledger.limits import count_again, day_of
from tokens.ledger.numbers import number_before
from tokens.ledger.wallet import lock_wallet, mark_of
from tokens.models import Wallet
from tokens.spending.own_limits import is_raised
from tokens.transactions import money_transaction

# What a key has spent and on hold of a day and the month before it, without what was taken back of it; all of them are
# newer than that number.
SPENT_BY_KEY = """
    SELECT coalesce(sum(tokens) FILTER (WHERE created_at >= %(today)s), 0), coalesce(sum(tokens), 0) FROM (
        SELECT u.created_at, u.tokens_spent - coalesce(back.tokens, 0) AS tokens
        FROM token_usage u
        LEFT JOIN (
            SELECT usage_id, sum(tokens) AS tokens FROM spend_reversals WHERE user_id = %(user)s GROUP BY usage_id
        ) back ON back.usage_id = u.id
        WHERE u.user_id = %(user)s AND u.number > %(number)s AND u.api_key = %(key)s AND u.status IN ('spent', 'held')
    ) net
"""


@money_transaction
def set_caps(api_key: ApiKey, caps: Caps, *, is_proven: bool) -> None:
    """Set both caps of a key; None for no cap. What it has spent in this month counts, and holds that are there stay.

    A key that replaced it, or that it replaced, shares them. Raises PasswordNeeded where one is raised or removed and
    nothing proves that its owner asks, after which both are as before.
    """
    wallet = lock_wallet(api_key.user_id)
    api_keys.lock_owner(api_key.user_id)  # a successor that is being made shares them
    there = ApiKey.objects.select_related("caps").get(pk=api_key.pk).caps
    if there is None:
        if caps != api_keys.NO_CAPS:
            _begin(wallet, api_key, caps)
        return
    is_more = is_raised(there.day_limit, caps.day) or is_raised(there.month_limit, caps.month)
    if is_more and not is_proven:
        raise PasswordNeeded
    there.day_limit, there.month_limit = caps
    rows.update(there, "day_limit", "month_limit")


def _begin(wallet: Wallet, api_key: ApiKey, caps: Caps) -> None:
    """From now on, what this key spends is counted, by a call as well that began when it had no caps."""
    made = KeyCaps.objects.create(user_id=api_key.user_id, day_limit=caps.day, month_limit=caps.month)
    ApiKey.objects.filter(pk=api_key.pk).update(caps=made)
    active = {str(pk) for pk in ApiKey.objects.for_user(wallet.pk).active().values_list("pk", flat=True)}
    others = [mark_of(CallingKey(int(pk))) for pk in wallet.capped_keys.split() if pk in active]
    wallet.capped_keys = "".join([*others, mark_of(CallingKey(api_key.pk))])
    rows.update(wallet, "capped_keys")
    now = timezone.now()
    in_day, in_month = _spent(wallet, api_key, now)
    count_again(wallet, made, in_day=in_day, in_month=in_month, now=now)


def _spent(wallet: Wallet, api_key: ApiKey, now: datetime) -> tuple[int, int]:
    today = datetime.combine(day_of(wallet, now), time(), UTC)
    number = number_before(wallet.pk, today.replace(day=1))
    asked: dict[str, Any] = {"user": wallet.pk, "key": api_key.pk, "today": today, "number": number}
    [(in_day, in_month)] = sql.run(SPENT_BY_KEY, asked)
    return int(in_day), int(in_month)
