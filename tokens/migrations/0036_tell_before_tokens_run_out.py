from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tokens", "0035_limits_and_alerts"),
    ]

    operations = [
        migrations.AddField(
            model_name="lot",
            name="warn_at",
            field=models.DateTimeField(
                blank=True, help_text="When the customer is next told that they expire.", null=True
            ),
        ),
        migrations.AddField(
            model_name="wallet",
            name="empty_told_at",
            field=models.DateTimeField(blank=True, help_text="When an empty one was last told.", null=True),
        ),
        migrations.AddField(
            model_name="wallet",
            name="low_told_at",
            field=models.DateTimeField(blank=True, help_text="When a low balance was last told.", null=True),
        ),
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(
                condition=models.Q(("warn_at__isnull", False)), fields=["warn_at"], name="lots_to_warn_of"
            ),
        ),
    ]
