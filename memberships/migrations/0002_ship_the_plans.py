"""The plans the shop opens with; staff edit them from then on."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

PLANS = [
    # key, name, price in cents a month, domains (None: any number)
    ("free", "Free", 0, 10),
    ("pro", "Pro", 500, 50),
    ("premium", "Premium", 1000, None),
]


def ship(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    plan = apps.get_model("memberships", "Plan")
    for position, (key, name, cents, domains) in enumerate(PLANS):
        defaults = {"name": name, "price_cents": cents, "domain_limit": domains, "position": position}
        plan.objects.get_or_create(key=key, defaults=defaults)


class Migration(migrations.Migration):
    dependencies = [("memberships", "0001_initial")]
    operations = [migrations.RunPython(ship, migrations.RunPython.noop, elidable=False)]
