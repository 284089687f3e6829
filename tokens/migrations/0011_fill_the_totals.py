"""What was bought and spent before there were running totals is added up once."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, Least

PAID = ["completed", "partially_refunded", "refunded"]


def fill(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    model = {name: apps.get_model("tokens", name) for name in ("Purchase", "Refund", "Dispute", "TokenUsage")}
    counting = model["Refund"].objects.filter(purchase=OuterRef("pk"), status__in=["requested", "pending", "succeeded"])
    refunded = counting.order_by().values("purchase").annotate(sum=Sum("amount_cents")).values("sum")
    kept = F("withdrawn_cents") - F("reinstated_cents")
    disputes = model["Dispute"].objects.filter(purchase=OuterRef("pk"))
    disputed = disputes.order_by().values("purchase").annotate(sum=Sum(kept)).values("sum")
    gone = Coalesce(Subquery(refunded), 0) + Coalesce(Subquery(disputed), 0)
    paid = model["Purchase"].objects.filter(status__in=PAID)
    paid.update(reversed_cents=Least(F("paid_cents"), gone))
    bought = paid.filter(type="tokens").order_by().values("user", "currency")
    sums = bought.annotate(
        n=Count("id"),
        t=Sum(F("tokens") - F("tokens_reversed")),
        c=Sum(F("paid_cents") - F("reversed_cents"), filter=Q(is_simulated=False), default=0),
    )
    total = apps.get_model("tokens", "PurchaseTotal")
    total.objects.bulk_create(
        [
            total(user_id=row["user"], currency=row["currency"], purchases=row["n"], tokens=row["t"], cents=row["c"])
            for row in sums.iterator()
        ],
        batch_size=500,
    )
    spent = model["TokenUsage"].objects.filter(status="spent").order_by().values("user", "action")
    total = apps.get_model("tokens", "UsageTotal")
    total.objects.bulk_create(
        [
            total(user_id=row["user"], action=row["action"], tokens=row["t"], count=row["n"])
            for row in spent.annotate(t=Sum("tokens_spent"), n=Count("id")).iterator()
        ],
        batch_size=500,
    )


class Migration(migrations.Migration):
    dependencies = [("tokens", "0010_totals_and_lean_indexes")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
