"""What was noted before currencies were is in the purchase's, unless an event of Stripe's that was kept says otherwise.

What one says otherwise of was counted as if it were the purchase's money. Here only that is marked; the next
reconciliation sees that it isn't what Stripe has, asks and puts it right.
"""

from collections.abc import Iterator
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import F, OuterRef, Subquery


def note_currencies(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    disputes, refunds = apps.get_model("tokens", "Dispute").objects, apps.get_model("tokens", "Refund").objects
    of_purchase = apps.get_model("tokens", "Purchase").objects.filter(pk=OuterRef("purchase")).values("currency")
    disputes.update(currency=Subquery(of_purchase))
    disputes.filter(withdrawn_cents__gt=0).update(
        settled_currency=Subquery(of_purchase),
        settled_taken=F("withdrawn_cents"),
        settled_kept=F("withdrawn_cents") - F("reinstated_cents"),
    )
    for stripe_id, currency in _said(apps, "charge.dispute."):
        other = disputes.filter(stripe_id=stripe_id).exclude(purchase__currency=currency)
        other.update(currency=currency, settled_currency="", settled_taken=0, settled_kept=0)
    for stripe_id, currency in _said(apps, "refund."):
        refunds.filter(stripe_id=stripe_id).exclude(purchase__currency=currency).update(stripe_currency=currency)


def _said(apps: StateApps, types: str) -> Iterator[tuple[str, str]]:
    events: Any = apps.get_model("tokens", "StripeEvent").objects.filter(type__startswith=types)
    found = set(events.values_list("payload__data__object__id", "payload__data__object__currency").iterator())
    return ((stripe_id, currency.lower()) for stripe_id, currency in found if stripe_id and currency)


class Migration(migrations.Migration):
    dependencies = [("tokens", "0016_money_in_another_currency")]
    operations = [migrations.RunPython(note_currencies, migrations.RunPython.noop)]
