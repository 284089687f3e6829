from datetime import timedelta
from typing import Any

from django.db import migrations
from django.db.models import Case, F, Max, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

DAYS_BEFORE = (30, 7, 1)
AT_ONCE = 1000  # wallets: each step is committed, so that who spends meanwhile waits for no more than one
# As `tokens.ledger.derived_totals` has it: of the day of the newest usage, and of that day's month.
COUNT = """
    UPDATE wallets SET spent_on = counted.day, spent_in_day = counted.in_day, spent_in_month = counted.in_month
    FROM (
        SELECT w.user_id, {newest_day} AS day,
            sum(CASE WHEN u.status IN ('spent', 'held') THEN u.tokens_spent ELSE 0 END) AS in_month,
            sum(CASE WHEN u.status IN ('spent', 'held') AND {day} = {newest_day} THEN u.tokens_spent ELSE 0 END) AS in_day
        FROM wallets w JOIN token_usage newest ON newest.user_id = w.user_id AND newest.number = w.last_number
        JOIN token_usage u ON u.user_id = w.user_id AND u.created_at >= {month}
        WHERE w.user_id > %(after)s AND w.user_id <= %(until)s GROUP BY w.user_id, {newest_day}
    ) AS counted WHERE wallets.user_id = counted.user_id
"""
DAY = {"postgresql": "CAST({of}.created_at AT TIME ZONE 'UTC' AS date)", "sqlite": "substr({of}.created_at, 1, 10)"}
MONTH = {
    "postgresql": "date_trunc('month', newest.created_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'",
    "sqlite": "date(newest.created_at, 'start of month')",
}


def begin(apps: Any, schema_editor: Any) -> None:
    """Thresholds follow the packs bought last; what is low already is no news; this month's spends count."""
    last = apps.get_model("tokens", "Wallet").objects.aggregate(last=Max("pk"))["last"] or 0
    for after in range(0, last, AT_ONCE):
        _begin_some(apps, schema_editor, after, after + AT_ONCE)


def _begin_some(apps: Any, schema_editor: Any, after: int, until: int) -> None:
    wallet, purchase = apps.get_model("tokens", "Wallet"), apps.get_model("tokens", "Purchase")
    bought = purchase.objects.filter(user=OuterRef("pk"), type="tokens", completed_at__isnull=False)
    tenth = Subquery(bought.order_by("-completed_at").values("tokens")[:1]) / 10
    some = wallet.objects.filter(pk__gt=after, pk__lte=until)
    some.update(alert_below=Greatest(Coalesce(tenth, Value(10)), Value(10)))
    available = F("balance") - F("frozen")
    positive = some.alias(available=available).filter(available__gt=0)
    positive.update(told=Case(When(alert_below__lte=available, then=Value(0)), default=Value(1)))
    now, lot = timezone.now(), apps.get_model("tokens", "Lot")
    lots = lot.objects.filter(wallet__gt=after, wallet__lte=until, remaining__gt=0, expires_at__gt=now)
    moments = [
        When(expires_at__gt=now + timedelta(days=days), then=F("expires_at") - timedelta(days=days))
        for days in DAYS_BEFORE
    ]
    lots.update(warn_at=Case(*moments, default=None))
    vendor = schema_editor.connection.vendor
    days = {"day": DAY[vendor].format(of="u"), "newest_day": DAY[vendor].format(of="newest"), "month": MONTH[vendor]}
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(COUNT.format(**days), {"after": after, "until": until})


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("tokens", "0037_links_of_credit_notes_and_sums_of_tax"),
    ]

    operations = [
        migrations.RunPython(begin, migrations.RunPython.noop, atomic=False),
    ]
