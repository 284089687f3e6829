from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tokens", "0044_entries_have_the_signs_of_their_kinds"),
    ]

    operations = [
        migrations.AddField(
            model_name="purchase",
            name="cancel_url",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=2000, verbose_name="return address unpaid"
            ),
        ),
        migrations.AddField(
            model_name="purchase",
            name="success_url",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=2000, verbose_name="return address"
            ),
        ),
    ]
