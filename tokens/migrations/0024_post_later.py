"""Columns and tables of a ledger that posts later: numbers of usages, causes of entries, debts, postings, daily totals."""

from datetime import timedelta

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TRIGGERS = {
    "postgresql": ["DROP TRIGGER ledger_entries_append_only ON ledger_entries"],
    "sqlite": [f"DROP TRIGGER IF EXISTS ledger_entries_refuse_{what}" for what in ("update", "delete")],
}


def unguard(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Entries get columns that are filled by the next migration; the one after it guards them again."""
    for statement in TRIGGERS[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def open_the_books(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Their one row; hours that are closed stay closed."""
    last = apps.get_model("tokens", "HourClosing").objects.order_by("-hour").values_list("hour", flat=True).first()
    apps.get_model("tokens", "Books").objects.create(closed_until=last + timedelta(hours=1) if last else None)


class Migration(migrations.Migration):
    dependencies = [("tokens", "0023_drop_the_functions"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.RunPython(unguard, migrations.RunPython.noop),
        migrations.CreateModel(
            name="Books",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "closed_until",
                    models.DateTimeField(blank=True, help_text="The end of the last closed hour.", null=True),
                ),
            ],
            options={
                "verbose_name_plural": "books",
                "db_table": "books",
            },
        ),
        migrations.CreateModel(
            name="DailyTotal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("action", models.CharField(max_length=50)),
                (
                    "api_key",
                    models.BigIntegerField(
                        default=0, help_text="The ID of the key that asked; 0 for none.", verbose_name="API key"
                    ),
                ),
                ("tokens", models.BigIntegerField(default=0)),
                ("count", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "daily_totals",
            },
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "first_number",
                    models.BigIntegerField(help_text="The number of its first usage.", verbose_name="from usage"),
                ),
                (
                    "last_number",
                    models.BigIntegerField(help_text="The number of its last usage.", verbose_name="to usage"),
                ),
                ("tokens", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "postings",
            },
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="entry_has_its_one_cause",
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="entry_has_the_sign_of_its_kind",
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="entry_once_per_purchase",
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="repayment_once_per_purchase",
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="entry_once_per_usage",
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="repayment_once_per_usage",
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="entry_once_per_grant",
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="repayment_once_per_grant",
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="entry_once_per_reversal",
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="repayment_once_per_reversal",
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="entry_lot_expires_once",
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="entry_one_credit",
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="entry_one_credit_per_grant_given",
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="cause_id",
            field=models.BigIntegerField(null=True, verbose_name="ID of the cause"),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="cause_kind",
            field=models.CharField(
                choices=[
                    ("purchase", "Purchase"),
                    ("usage", "Usage"),
                    ("grant", "Grant"),
                    ("reversal", "Reversal"),
                    ("posting", "Posting"),
                    ("lot", "Credit block"),
                ],
                max_length=8,
                null=True,
                verbose_name="cause",
            ),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="hour",
            field=models.DateTimeField(help_text="The first moment of the hour that it counts in.", null=True),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="number",
            field=models.BigIntegerField(
                help_text="The number of the customer's newest usage at that time.",
                null=True,
                verbose_name="after usage",
            ),
        ),
        migrations.AddField(
            model_name="lot",
            name="reversal",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lot",
                to="tokens.reversal",
            ),
        ),
        migrations.AddField(
            model_name="reversal",
            name="debt_forgiven",
            field=models.PositiveIntegerField(default=0, help_text="Tokens by which it lowered what was owed."),
        ),
        migrations.AddField(
            model_name="reversal",
            name="debt_made",
            field=models.PositiveIntegerField(default=0, help_text="Tokens that no credit block had any more."),
        ),
        migrations.AddField(
            model_name="reversal",
            name="last_entry_id",
            field=models.BigIntegerField(
                help_text="The customer's newest entry before it.", null=True, verbose_name="after ledger entry"
            ),
        ),
        migrations.AddField(
            model_name="reversal",
            name="number",
            field=models.BigIntegerField(
                help_text="The number of the customer's newest usage at that time.",
                null=True,
                verbose_name="after usage",
            ),
        ),
        # In the order in which their sizes leave the fewest gaps in a row.
        migrations.AddField(
            model_name="tokenusage",
            name="number",
            field=models.BigIntegerField(
                help_text="The customer's first usage is 1, and no number is left out.", null=True
            ),
        ),
        migrations.AddField(
            model_name="tokenusage",
            name="api_key",
            field=models.BigIntegerField(
                blank=True, help_text="The ID of the key that asked.", null=True, verbose_name="API key"
            ),
        ),
        migrations.AddField(
            model_name="tokenusage",
            name="quantity",
            field=models.PositiveIntegerField(default=1, help_text="How many times the action was paid for."),
        ),
        migrations.AddField(
            model_name="tokenusage",
            name="batch_size",
            field=models.PositiveIntegerField(default=1, help_text="How many usages one call with a key made."),
        ),
        migrations.AddField(
            model_name="tokenusage",
            name="key_digest",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="tokenusage",
            name="request_digest",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="wallet",
            name="last_number",
            field=models.BigIntegerField(default=0, help_text="The number of the newest usage."),
        ),
        migrations.AddField(
            model_name="wallet",
            name="posted_number",
            field=models.BigIntegerField(default=0, help_text="Usages up to this number are posted."),
        ),
        migrations.AddField(
            model_name="wallet",
            name="unposted",
            field=models.BigIntegerField(
                default=0, help_text="Tokens spent that are not taken out of credit blocks yet."
            ),
        ),
        migrations.AddField(
            model_name="wallet",
            name="unposted_since",
            field=models.DateTimeField(blank=True, help_text="When the oldest of these was spent.", null=True),
        ),
        migrations.AlterField(
            model_name="hourlytotal",
            name="movement",
            field=models.CharField(
                choices=[
                    ("sold", "Sold"),
                    ("allowed", "From memberships"),
                    ("granted", "Granted"),
                    ("deducted", "Deducted"),
                    ("consumed", "Recognised (used)"),
                    ("held", "Net change in holds"),
                    ("refunded", "Refunded"),
                    ("charged_back", "Disputed"),
                    ("restored", "Restored"),
                    ("expired", "Expired"),
                    ("debt", "Debt recovered"),
                    ("corrected", "Corrected (debts kept apart)"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="balance_after",
            field=models.BigIntegerField(blank=True, help_text="Empty where the balance stayed as it was.", null=True),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="created_at",
            field=models.DateTimeField(),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("credit", "Credit"),
                    ("spend", "Spend"),
                    ("hold", "Hold"),
                    ("release", "Release"),
                    ("deduct", "Deduct"),
                    ("expire", "Expire"),
                    ("reverse", "Reverse"),
                    ("restore", "Restore"),
                    ("repay", "Repay"),
                    ("correct", "Correct"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="tokenusage",
            name="created_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AlterField(
            model_name="wallet",
            name="balance",
            field=models.BigIntegerField(default=0, help_text="Tokens to spend, less what the customer owes."),
        ),
        migrations.AddField(
            model_name="dailytotal",
            name="user",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="daily_totals",
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        migrations.AddField(
            model_name="posting",
            name="wallet",
            field=models.ForeignKey(
                db_column="user_id",
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="postings",
                to="tokens.wallet",
            ),
        ),
        migrations.AddConstraint(
            model_name="dailytotal",
            constraint=models.UniqueConstraint(fields=("user", "day", "action", "api_key"), name="daily_total_once"),
        ),
        migrations.AddConstraint(
            model_name="dailytotal",
            constraint=models.CheckConstraint(
                condition=models.Q(("count__gte", 0), ("tokens__gte", 0)), name="daily_total_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="posting",
            constraint=models.UniqueConstraint(fields=("wallet", "last_number"), name="posting_once"),
        ),
        migrations.AddConstraint(
            model_name="posting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("first_number__gte", 1), ("last_number__gte", models.F("first_number")), ("tokens__gt", 0)
                ),
                name="posting_has_usages",
            ),
        ),
        migrations.RunPython(open_the_books, migrations.RunPython.noop),
    ]
