"""What each movement is worth, when holds ended, and whose doing a reversal was.

Entries that were made before are given their worth here; the triggers that refuse changes stand aside meanwhile, and
are made again on SQLite, which rebuilds the table.
"""

from importlib import import_module

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

append_only = import_module("tokens.migrations.0003_entries_are_append_only")

# The difference of floor(paid × remaining ÷ tokens); the databases' own division rounds towards zero instead.
FILL = """
UPDATE ledger_entries SET worth_cents = moved.worth FROM (
  SELECT id,
    CASE WHEN later >= 0 THEN paid * later / size ELSE -((paid * -later + size - 1) / size) END
    - CASE WHEN earlier >= 0 THEN paid * earlier / size ELSE -((paid * -earlier + size - 1) / size) END AS worth
  FROM (
    SELECT id, paid, size, later, later - tokens AS earlier FROM (
      SELECT e.id, e.tokens, CAST(l.paid_cents AS bigint) AS paid, CAST(l.tokens AS bigint) AS size,
        CAST(SUM(e.tokens) OVER (PARTITION BY e.lot_id ORDER BY e.id) AS bigint) AS later
      FROM ledger_entries e JOIN lots l ON l.id = e.lot_id
    ) AS running
  ) AS steps
) AS moved WHERE moved.id = ledger_entries.id
"""


def fill(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute(FILL, params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("tokens", "0006_events_left_by_a_dead_process"),
    ]

    operations = [
        migrations.RunPython(append_only.unguard, append_only.guard),
        migrations.AddField(
            model_name="ledgerentry",
            name="worth_cents",
            field=models.BigIntegerField(default=0, help_text="Signed: what moved, at the price paid for its lot."),
        ),
        migrations.AddField(
            model_name="reversal",
            name="disputed_cents",
            field=models.PositiveIntegerField(default=0, help_text="What disputes had taken and kept by then."),
        ),
        migrations.AddField(
            model_name="reversal",
            name="refunded_cents",
            field=models.PositiveIntegerField(default=0, help_text="What refunds had taken by then."),
        ),
        migrations.AddField(
            model_name="tokenusage",
            name="ended_at",
            field=models.DateTimeField(
                blank=True, help_text="Holds only: when it was captured or released.", null=True
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(append_only.guard, append_only.unguard),
    ]
