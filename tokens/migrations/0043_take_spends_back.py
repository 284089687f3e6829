"""Spends taken back: a row for each, which is never changed, and a kind of entry."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

SAYS = "a spend that was reversed stays so"
CHANGED = """new.user_id <> old.user_id OR new.usage_id <> old.usage_id OR new.quantity <> old.quantity
    OR new.tokens <> old.tokens OR new.balance_after <> old.balance_after OR new.created_at <> old.created_at
    OR coalesce(new.by_id, 0) <> coalesce(old.by_id, 0) OR coalesce(new.api_key, 0) <> coalesce(old.api_key, 0)
    OR (new.reason <> old.reason AND new.reason <> '')"""
POSTGRESQL = [
    f"""CREATE OR REPLACE FUNCTION refuse_change_of_spend_reversals() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{SAYS}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    f"""CREATE TRIGGER spend_reversals_keep_what_they_say BEFORE UPDATE ON spend_reversals
    FOR EACH ROW WHEN ({CHANGED}) EXECUTE FUNCTION refuse_change_of_spend_reversals()""",
    """CREATE TRIGGER spend_reversals_are_kept BEFORE DELETE ON spend_reversals
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_spend_reversals()""",
]
SQLITE = [
    f"""CREATE TRIGGER spend_reversals_keep_what_they_say BEFORE UPDATE ON spend_reversals WHEN {CHANGED}
    BEGIN SELECT RAISE(ABORT, '{SAYS}'); END""",
    f"""CREATE TRIGGER spend_reversals_are_kept BEFORE DELETE ON spend_reversals
    BEGIN SELECT RAISE(ABORT, '{SAYS}'); END""",
]

GOING = models.Q(("kind__in", ["spend", "hold", "deduct", "expire", "reverse"]), ("tokens__lt", 0))


def sign_of_each_kind(coming: list[str]) -> models.CheckConstraint:
    came = models.Q(("kind__in", coming), ("tokens__gt", 0))
    condition = models.Q(("kind", "repay"), came, GOING, _connector="OR")
    return models.CheckConstraint(condition=condition, name="entry_has_its_sign")


BEFORE = sign_of_each_kind(["credit", "release", "restore", "correct"])
AFTER = sign_of_each_kind(["credit", "release", "unspend", "restore", "correct"])


def guard(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The database itself refuses to change or delete a row; but a reason may be erased."""
    for statement in {"postgresql": POSTGRESQL, "sqlite": SQLITE}[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def widen(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Let entries be of the new kind. Those that are there fit, which the next migration says to PostgreSQL."""
    _replace(apps, schema_editor, BEFORE, AFTER)


def narrow(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _replace(apps, schema_editor, AFTER, BEFORE)


def _replace(
    apps: StateApps,
    schema_editor: BaseDatabaseSchemaEditor,
    old: models.CheckConstraint,
    new: models.CheckConstraint,
) -> None:
    entry = apps.get_model("tokens", "LedgerEntry")
    others = [each for each in entry._meta.constraints if each.name != new.name]
    entry._meta.constraints = [*others, new]
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.remove_constraint(entry, old)
        schema_editor.execute(f"{new.create_sql(entry, schema_editor)} NOT VALID", params=None)
        return
    # SQLite builds the table anew, and its triggers go with the old one.
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger_entries'")
        triggers = [sql for (sql,) in cursor.fetchall()]
    schema_editor.remove_constraint(entry, old)
    for trigger in triggers:
        schema_editor.execute(trigger, params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("tokens", "0042_cards_to_forget_and_card_wishes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SpendReversal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "quantity",
                    models.PositiveIntegerField(help_text="How many times the action wasn't worth its price."),
                ),
                ("tokens", models.PositiveIntegerField()),
                ("reason", models.CharField(blank=True, max_length=500)),
                (
                    "api_key",
                    models.BigIntegerField(
                        blank=True, help_text="The ID of the key that asked.", null=True, verbose_name="API key"
                    ),
                ),
                ("balance_after", models.BigIntegerField(help_text="The balance after it, in tokens.")),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "spend_reversals",
            },
        ),
        migrations.AddField(
            model_name="grantrequest",
            name="quantity",
            field=models.PositiveIntegerField(blank=True, help_text="How many times of that spend.", null=True),
        ),
        migrations.AddField(
            model_name="grantrequest",
            name="usage",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="grant_requests",
                to="tokens.tokenusage",
                verbose_name="spend to reverse",
            ),
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
                    ("unspent", "Recognition undone"),
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
            name="cause_kind",
            field=models.CharField(
                choices=[
                    ("purchase", "Purchase"),
                    ("usage", "Usage"),
                    ("grant", "Grant"),
                    ("reversal", "Reversal"),
                    ("posting", "Posting"),
                    ("lot", "Credit block"),
                    ("unspend", "Spend reversal"),
                ],
                max_length=8,
                verbose_name="cause",
            ),
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
                    ("unspend", "Spend reversed"),
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
        migrations.AddField(
            model_name="spendreversal",
            name="by",
            field=models.ForeignKey(
                blank=True,
                help_text="The member of staff; empty where the customer did it.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="spend_reversals_made",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="spendreversal",
            name="usage",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="reversals", to="tokens.tokenusage"
            ),
        ),
        migrations.AddField(
            model_name="spendreversal",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="spend_reversals",
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        migrations.AddField(
            model_name="grantrequest",
            name="reversal",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="request",
                to="tokens.spendreversal",
            ),
        ),
        migrations.AddIndex(
            model_name="spendreversal",
            index=models.Index(fields=["user", "-id"], name="spend_reversals_newest_first"),
        ),
        migrations.AddIndex(
            model_name="spendreversal",
            index=models.Index(
                condition=models.Q(("by__isnull", False)), fields=["by", "created_at"], name="spend_reversals_by_staff"
            ),
        ),
        migrations.AddConstraint(
            model_name="spendreversal",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0), ("tokens__gt", 0)), name="spend_reversal_returns_something"
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(widen, narrow)],
            state_operations=[
                migrations.RemoveConstraint(model_name="ledgerentry", name="entry_has_its_sign"),
                migrations.AddConstraint(model_name="ledgerentry", constraint=AFTER),
            ],
        ),
        migrations.RunPython(guard, migrations.RunPython.noop),
    ]
