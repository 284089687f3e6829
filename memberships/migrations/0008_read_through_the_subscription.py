from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("memberships", "0007_point_at_the_gift"),
    ]

    operations = [
        migrations.RemoveField(model_name="membership", name=name)
        for name in ("cancel_at", "grace_until", "next_tier", "gift_tier", "gift_until")
    ]
