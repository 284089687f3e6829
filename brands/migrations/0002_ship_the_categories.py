"""The categories the shop opens with; staff add more."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

CATEGORIES = "cooking tech privacy business health art education gaming finance local".split()


def ship(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    category = apps.get_model("brands", "Category")
    for position, key in enumerate(CATEGORIES):
        category.objects.get_or_create(key=key, defaults={"name": key.capitalize(), "position": position})


class Migration(migrations.Migration):
    dependencies = [("brands", "0001_initial")]
    operations = [migrations.RunPython(ship, migrations.RunPython.noop, elidable=False)]
