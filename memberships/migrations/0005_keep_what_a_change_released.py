import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("memberships", "0004_lists_by_index")]

    operations = [
        migrations.AddField(
            model_name="subscription",
            name="released_plan",
            field=models.ForeignKey(
                blank=True,
                help_text="What was to come, Free for the end, and was released for a change not known to be made.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="memberships.plan",
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="wanted_plan",
            field=models.ForeignKey(
                blank=True,
                help_text="The plan of that change.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="memberships.plan",
            ),
        ),
    ]
