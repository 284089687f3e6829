"""A dispute keeps the day by which to answer only while an answer is awaited."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

AWAITED = ["needs_response", "warning_needs_response", "appeal_needs_response"]


def forget(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("tokens", "Dispute").objects.exclude(status__in=AWAITED).update(evidence_due_at=None)


class Migration(migrations.Migration):
    dependencies = [("tokens", "0012_room_for_updates")]
    operations = [migrations.RunPython(forget, migrations.RunPython.noop, elidable=True)]
