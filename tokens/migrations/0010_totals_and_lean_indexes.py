"""Running totals of each user, and fewer indexes and checks for every spend to keep up."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

SAYS = "ledger entries are append-only"


def guard_again(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """SQLite rebuilt the table of the entries, and the triggers that refuse their change went with the old one."""
    if schema_editor.connection.vendor == "sqlite":
        for what in ("UPDATE", "DELETE"):
            name = f"ledger_entries_refuse_{what.lower()}"
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}", params=None)
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {what} ON ledger_entries BEGIN SELECT RAISE(ABORT, '{SAYS}'); END",
                params=None,
            )


class Migration(migrations.Migration):
    dependencies = [
        ("tokens", "0009_hourly_totals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PurchaseTotal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("currency", models.CharField(max_length=3)),
                (
                    "purchases",
                    models.BigIntegerField(default=0, help_text="How many were paid, whatever became of them since."),
                ),
                ("tokens", models.BigIntegerField(default=0)),
                ("cents", models.BigIntegerField(default=0, help_text="In the smallest unit.")),
            ],
            options={
                "db_table": "purchase_totals",
            },
        ),
        migrations.CreateModel(
            name="UsageTotal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("action", models.CharField(max_length=50)),
                ("tokens", models.BigIntegerField(default=0)),
                ("count", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "usage_totals",
            },
        ),
        migrations.RemoveIndex(
            model_name="lot",
            name="lots_open_in_burn_order",
        ),
        migrations.AddField(
            model_name="lot",
            name="is_open",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.ExpressionWrapper(models.Q(("remaining__gt", 0)), output_field=models.BooleanField()),
                output_field=models.BooleanField(),
            ),
        ),
        migrations.AddField(
            model_name="purchase",
            name="reversed_cents",
            field=models.PositiveIntegerField(
                default=0, help_text="What refunds and disputes took back so far and kept, in the smallest unit."
            ),
        ),
        migrations.AddField(
            model_name="wallet",
            name="calls_until",
            field=models.DateTimeField(
                blank=True, help_text="Until when API calls that spend have used up this wallet's rate.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="idempotencykey",
            name="claimed_at",
            field=models.DateTimeField(),
        ),
        migrations.AlterField(
            model_name="idempotencykey",
            name="user",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        # Django drops every index over a single column with the column's own, these two rules among them.
        migrations.RemoveConstraint("ledgerentry", "entry_one_credit"),
        migrations.RemoveConstraint("ledgerentry", "entry_one_credit_per_grant_given"),
        migrations.AlterField(
            model_name="ledgerentry",
            name="counter_lot",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Repayments only: the other lot.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tokens.lot",
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="grant",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="tokens.grant",
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="purchase",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="tokens.purchase",
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="reversal",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="tokens.reversal",
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="usage",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="tokens.tokenusage",
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="wallet",
            field=models.ForeignKey(
                db_column="user_id",
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="tokens.wallet",
            ),
        ),
        migrations.AlterField(
            model_name="tokenusage",
            name="user",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="token_usage",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            "ledgerentry",
            models.UniqueConstraint(fields=["purchase"], condition=models.Q(kind="credit"), name="entry_one_credit"),
        ),
        migrations.AddConstraint(
            "ledgerentry",
            models.UniqueConstraint(
                fields=["grant"], condition=models.Q(kind="credit"), name="entry_one_credit_per_grant_given"
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                condition=models.Q(("purchase__isnull", False)), fields=["purchase"], name="entries_of_purchase"
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(condition=models.Q(("grant__isnull", False)), fields=["grant"], name="entries_of_grant"),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                condition=models.Q(("reversal__isnull", False)), fields=["reversal"], name="entries_of_reversal"
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                condition=models.Q(("counter_lot__isnull", False)),
                fields=["counter_lot"],
                name="entries_of_counter_lot",
            ),
        ),
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(
                condition=models.Q(("is_open", True)),
                fields=["wallet", "expires_at", "is_paid", "id"],
                name="lots_open_in_burn_order",
            ),
        ),
        migrations.AddField(
            model_name="purchasetotal",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="purchase_totals",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="usagetotal",
            name="user",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="usage_totals",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="purchasetotal",
            constraint=models.UniqueConstraint(fields=("user", "currency"), name="purchase_total_once_per_currency"),
        ),
        migrations.AddConstraint(
            model_name="purchasetotal",
            constraint=models.CheckConstraint(
                condition=models.Q(("cents__gte", 0), ("purchases__gte", 0), ("tokens__gte", 0)),
                name="purchase_total_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="usagetotal",
            constraint=models.UniqueConstraint(fields=("user", "action"), name="usage_total_once_per_action"),
        ),
        migrations.AddConstraint(
            model_name="usagetotal",
            constraint=models.CheckConstraint(
                condition=models.Q(("count__gte", 0), ("tokens__gte", 0)), name="usage_total_positive"
            ),
        ),
        migrations.RunPython(guard_again, guard_again),
    ]
