from django.db import migrations, models

IS_PAID = models.Q(status__in=["completed", "partially_refunded", "refunded"])


class Migration(migrations.Migration):
    """What has a time of completion is paid, so the dashboard need not ask for more than its index holds."""

    dependencies = [("tokens", "0013_answered_disputes")]

    operations = [
        migrations.RemoveConstraint(model_name="purchase", name="purchase_paid_says_when_and_what"),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=IS_PAID & models.Q(completed_at__isnull=False, paid_cents__isnull=False)
                | ~IS_PAID & models.Q(completed_at__isnull=True),
                name="purchase_paid_says_when_and_what",
            ),
        ),
        migrations.RemoveIndex(model_name="purchase", name="purchases_paid"),
        migrations.AddIndex(
            model_name="purchase",
            index=models.Index(
                fields=["completed_at", "currency", "paid_cents", "user", "is_simulated"],
                condition=models.Q(completed_at__isnull=False),
                name="purchases_paid",
            ),
        ),
        migrations.RemoveIndex(model_name="purchase", name="purchases_failed"),
        migrations.AddIndex(
            model_name="purchase",
            index=models.Index(
                fields=["status", "created_at"], condition=models.Q(status="failed"), name="purchases_failed"
            ),
        ),
    ]
