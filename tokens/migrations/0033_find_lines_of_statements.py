"""An index by which a customer's statement finds the entries that are its lines, however many spends there are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tokens", "0032_invoices_and_tax")]

    operations = [
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                fields=["wallet", "kind", "-number", "-id"],
                condition=models.Q(models.Q(("kind", "spend"), _negated=True), ("balance_after__isnull", False)),
                name="entries_statement",
            ),
        ),
    ]
