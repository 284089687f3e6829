"""Where a credit note is to be had, and the tax of paid purchases in the index that the dashboard adds up from."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tokens", "0036_tell_before_tokens_run_out")]

    operations = [
        migrations.AddField(
            model_name="refund",
            name="credit_note_pdf",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=2000, verbose_name="credit note PDF"
            ),
        ),
        migrations.RemoveIndex(model_name="purchase", name="purchases_paid"),
        migrations.AddIndex(
            model_name="purchase",
            index=models.Index(
                fields=["completed_at", "currency", "paid_cents", "tax_cents", "user", "is_simulated"],
                condition=models.Q(("completed_at__isnull", False)),
                name="purchases_paid",
            ),
        ),
    ]
