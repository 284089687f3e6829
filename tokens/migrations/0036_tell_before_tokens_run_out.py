from datetime import UTC, timedelta
from typing import Any

from django.db import migrations, models
from django.db.models import Case, F, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

DAYS_BEFORE = (30, 7, 1)
COUNT = """
    UPDATE wallets SET spent_on = %(date)s, spent_in_day = counted.in_day, spent_in_month = counted.in_month
    FROM (
        SELECT user_id, sum(tokens_spent) AS in_month,
            sum(CASE WHEN created_at >= %(day)s THEN tokens_spent ELSE 0 END) AS in_day
        FROM token_usage WHERE created_at >= %(month)s AND status IN ('spent', 'held') GROUP BY user_id
    ) AS counted WHERE wallets.user_id = counted.user_id
"""


def begin(apps: Any, schema_editor: Any) -> None:
    """Thresholds follow the packs bought last; what is low already is no news; this month's spends count."""
    wallet, lot, purchase = (apps.get_model("tokens", name) for name in ("Wallet", "Lot", "Purchase"))
    bought = purchase.objects.filter(user=OuterRef("pk"), type="tokens", completed_at__isnull=False)
    tenth = Subquery(bought.order_by("-completed_at").values("tokens")[:1]) / 10
    wallet.objects.update(alert_below=Greatest(Coalesce(tenth, Value(10)), Value(10)))
    available = F("balance") - F("frozen")
    wallets = wallet.objects.alias(available=available)
    wallets.filter(available__gt=0).update(told=Case(When(alert_below__lte=available, then=Value(0)), default=Value(1)))
    now = timezone.now().astimezone(UTC)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    as_stored = schema_editor.connection.ops.adapt_datetimefield_value
    since = {"day": as_stored(today), "date": str(today.date()), "month": as_stored(today.replace(day=1))}
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(COUNT, since)
    for days in sorted(DAYS_BEFORE):
        lots = lot.objects.filter(remaining__gt=0, expires_at__gt=now + timedelta(days=days))
        lots.update(warn_at=F("expires_at") - timedelta(days=days))


class Migration(migrations.Migration):
    dependencies = [
        ("tokens", "0035_limits_and_alerts"),
    ]

    operations = [
        migrations.AddField(
            model_name="lot",
            name="warn_at",
            field=models.DateTimeField(
                blank=True, help_text="When the customer is next told that they expire.", null=True
            ),
        ),
        migrations.AddField(
            model_name="wallet",
            name="empty_told_at",
            field=models.DateTimeField(blank=True, help_text="When an empty one was last told.", null=True),
        ),
        migrations.AddField(
            model_name="wallet",
            name="low_told_at",
            field=models.DateTimeField(blank=True, help_text="When a low balance was last told.", null=True),
        ),
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(
                condition=models.Q(("warn_at__isnull", False)), fields=["warn_at"], name="lots_to_warn_of"
            ),
        ),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
