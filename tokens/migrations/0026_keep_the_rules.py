"""What the ledger that posts later requires of its rows, and the database keeps."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

ENTRIES = "ledger entries are append-only"
USAGES = "a usage keeps its number, customer and action, and a spend its tokens"
CHANGED = """new.number <> old.number OR new.user_id <> old.user_id OR new.action <> old.action
    OR (old.expires_at IS NULL AND new.tokens_spent <> old.tokens_spent)"""

POSTGRESQL = [
    """CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_entries()""",
    f"""CREATE FUNCTION refuse_change_of_usages() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{USAGES}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    f"""CREATE TRIGGER token_usage_keeps_what_it_says BEFORE UPDATE ON token_usage
    FOR EACH ROW WHEN ({CHANGED}) EXECUTE FUNCTION refuse_change_of_usages()""",
    """CREATE TRIGGER token_usage_is_kept BEFORE DELETE ON token_usage
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_usages()""",
    "ALTER TABLE daily_totals SET (fillfactor = 50)",
]
SQLITE = [
    *(
        f"""CREATE TRIGGER ledger_entries_refuse_{what.lower()} BEFORE {what} ON ledger_entries
        BEGIN SELECT RAISE(ABORT, '{ENTRIES}'); END"""
        for what in ("UPDATE", "DELETE")
    ),
    f"""CREATE TRIGGER token_usage_keeps_what_it_says BEFORE UPDATE ON token_usage WHEN {CHANGED}
    BEGIN SELECT RAISE(ABORT, '{USAGES}'); END""",
    f"""CREATE TRIGGER token_usage_is_kept BEFORE DELETE ON token_usage
    BEGIN SELECT RAISE(ABORT, '{USAGES}'); END""",
]


def guard(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The database itself refuses to change entries, and what usages say. A later migration that rebuilds these tables

    on SQLite must make the triggers again.
    """
    for statement in {"postgresql": POSTGRESQL, "sqlite": SQLITE}[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("tokens", "0025_number_usages")]
    operations = [
        migrations.AlterField(
            model_name="ledgerentry",
            name="cause_id",
            field=models.BigIntegerField(verbose_name="ID of the cause"),
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
                ],
                max_length=8,
                verbose_name="cause",
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="hour",
            field=models.DateTimeField(help_text="The first moment of the hour that it counts in."),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="number",
            field=models.BigIntegerField(
                help_text="The number of the customer's newest usage at that time.", verbose_name="after usage"
            ),
        ),
        migrations.AlterField(
            model_name="reversal",
            name="last_entry_id",
            field=models.BigIntegerField(
                help_text="The customer's newest entry before it.", verbose_name="after ledger entry"
            ),
        ),
        migrations.AlterField(
            model_name="reversal",
            name="number",
            field=models.BigIntegerField(
                help_text="The number of the customer's newest usage at that time.", verbose_name="after usage"
            ),
        ),
        migrations.AlterField(
            model_name="tokenusage",
            name="number",
            field=models.BigIntegerField(help_text="The customer's first usage is 1, and no number is left out."),
        ),
        migrations.RemoveIndex(
            model_name="ledgerentry",
            name="entries_of_rare_kinds",
        ),
        migrations.RemoveIndex(
            model_name="ledgerentry",
            name="entries_of_purchase",
        ),
        migrations.RemoveIndex(
            model_name="ledgerentry",
            name="entries_of_grant",
        ),
        migrations.RemoveIndex(
            model_name="ledgerentry",
            name="entries_of_reversal",
        ),
        migrations.RemoveIndex(
            model_name="ledgerentry",
            name="entries_of_counter_lot",
        ),
        migrations.RemoveIndex(
            model_name="tokenusage",
            name="usage_newest_first",
        ),
        migrations.RemoveField(
            model_name="hourclosing",
            name="last_entry_id",
        ),
        migrations.RemoveField(
            model_name="ledgerentry",
            name="counter_lot",
        ),
        migrations.RemoveField(
            model_name="ledgerentry",
            name="grant",
        ),
        migrations.RemoveField(
            model_name="ledgerentry",
            name="purchase",
        ),
        migrations.RemoveField(
            model_name="ledgerentry",
            name="reversal",
        ),
        migrations.RemoveField(
            model_name="ledgerentry",
            name="usage",
        ),
        migrations.AlterField(
            model_name="lot",
            name="remaining",
            field=models.IntegerField(help_text="As of the last posting of what was spent."),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(fields=["hour"], name="entries_by_hour"),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                condition=models.Q(("kind__in", ["credit", "spend"]), _negated=True),
                fields=["kind", "-id"],
                name="entries_rare_kinds",
            ),
        ),
        migrations.AddIndex(
            model_name="tokenusage",
            index=models.Index(
                condition=models.Q(("expires_at__isnull", False)), fields=["user", "-number"], name="usage_holds"
            ),
        ),
        migrations.AddIndex(
            model_name="wallet",
            index=models.Index(
                condition=models.Q(("unposted_since__isnull", False)),
                fields=["unposted_since"],
                name="wallets_to_be_posted",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind", "repay"),
                    models.Q(("kind__in", ["credit", "release", "restore", "correct"]), ("tokens__gt", 0)),
                    models.Q(("kind__in", ["spend", "hold", "deduct", "expire", "reverse"]), ("tokens__lt", 0)),
                    _connector="OR",
                ),
                name="entry_has_its_sign",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "repay"), _negated=True),
                fields=("cause_kind", "cause_id", "kind", "lot"),
                name="entry_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.CheckConstraint(condition=models.Q(("remaining__gte", 0)), name="lot_never_below_zero"),
        ),
        migrations.AddConstraint(
            model_name="tokenusage",
            constraint=models.UniqueConstraint(fields=("user", "number"), name="usage_number_once"),
        ),
        migrations.AddConstraint(
            model_name="tokenusage",
            constraint=models.UniqueConstraint(
                condition=models.Q(("key_digest__isnull", False)), fields=("user", "key_digest"), name="usage_key_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="tokenusage",
            constraint=models.CheckConstraint(
                condition=models.Q(("batch_size__gt", 0), ("quantity__gt", 0)), name="usage_counts_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="wallet",
            constraint=models.CheckConstraint(
                condition=models.Q(("unposted__gte", 0)), name="wallet_unposted_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="wallet",
            constraint=models.CheckConstraint(
                condition=models.Q(("posted_number__lte", models.F("last_number"))), name="wallet_posts_what_is_there"
            ),
        ),
        migrations.RunPython(guard, migrations.RunPython.noop),
    ]
