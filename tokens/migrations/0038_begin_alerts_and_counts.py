from datetime import UTC, timedelta
from typing import Any

from django.db import migrations
from django.db.models import Case, F, Max, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

DAYS_BEFORE = (30, 7, 1)
AT_ONCE = 1000  # wallets: each step is committed, so that who spends meanwhile waits for no more than one
COUNT = """
    UPDATE wallets SET spent_on = %(date)s, spent_in_day = counted.in_day, spent_in_month = counted.in_month
    FROM (
        SELECT user_id, sum(tokens_spent) AS in_month,
            sum(CASE WHEN created_at >= %(day)s THEN tokens_spent ELSE 0 END) AS in_day
        FROM token_usage WHERE user_id > %(after)s AND user_id <= %(until)s
            AND created_at >= %(month)s AND status IN ('spent', 'held') GROUP BY user_id
    ) AS counted WHERE wallets.user_id = counted.user_id
"""


def begin(apps: Any, schema_editor: Any) -> None:
    """Thresholds follow the packs bought last; what is low already is no news; this month's spends count."""
    wallet, lot = apps.get_model("tokens", "Wallet"), apps.get_model("tokens", "Lot")
    last = wallet.objects.aggregate(last=Max("pk"))["last"] or 0
    for after in range(0, last, AT_ONCE):
        _begin_some(apps, schema_editor, after, after + AT_ONCE)
    now = timezone.now()
    for days in sorted(DAYS_BEFORE):
        lots = lot.objects.filter(remaining__gt=0, expires_at__gt=now + timedelta(days=days))
        lots.update(warn_at=F("expires_at") - timedelta(days=days))


def _begin_some(apps: Any, schema_editor: Any, after: int, until: int) -> None:
    wallet, purchase = apps.get_model("tokens", "Wallet"), apps.get_model("tokens", "Purchase")
    bought = purchase.objects.filter(user=OuterRef("pk"), type="tokens", completed_at__isnull=False)
    tenth = Subquery(bought.order_by("-completed_at").values("tokens")[:1]) / 10
    some = wallet.objects.filter(pk__gt=after, pk__lte=until)
    some.update(alert_below=Greatest(Coalesce(tenth, Value(10)), Value(10)))
    available = F("balance") - F("frozen")
    positive = some.alias(available=available).filter(available__gt=0)
    positive.update(told=Case(When(alert_below__lte=available, then=Value(0)), default=Value(1)))
    now = timezone.now().astimezone(UTC)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    as_stored = schema_editor.connection.ops.adapt_datetimefield_value
    since = {"day": as_stored(today), "date": str(today.date()), "month": as_stored(today.replace(day=1))}
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(COUNT, {**since, "after": after, "until": until})


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("tokens", "0037_links_of_credit_notes_and_sums_of_tax"),
    ]

    operations = [
        migrations.RunPython(begin, migrations.RunPython.noop, atomic=False),
    ]
