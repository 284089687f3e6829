from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone


def point_at_gifts_that_go_on(apps: Any, schema_editor: Any) -> None:
    """A user has one at most, and its plan and end stood on the membership until now."""
    gifts = apps.get_model("memberships", "Gift").objects.filter(ended_at=None, until__gt=timezone.now())
    for gift in gifts.order_by("pk"):
        apps.get_model("memberships", "Membership").objects.filter(user_id=gift.user_id).update(gift=gift)


class Migration(migrations.Migration):
    dependencies = [
        ("memberships", "0006_plain_words_in_the_back_office"),
    ]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="gift",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="memberships.gift",
            ),
        ),
        migrations.RunPython(point_at_gifts_that_go_on, migrations.RunPython.noop),
    ]
