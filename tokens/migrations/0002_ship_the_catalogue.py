"""The packages and costs the shop opens with; staff edit them from then on."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

PACKAGES = [
    # key, name, tokens, price in cents, most popular
    ("starter", "Starter Pack", 100, 1000, False),
    ("pro", "Pro Pack", 500, 4000, True),
    ("premium", "Premium Pack", 1000, 7000, False),
]
COSTS = [
    # key, label, tokens, description
    ("import_domain", "Domain imports", 1, "Import one domain"),
    ("ai_analysis", "AI analyses", 5, "AI brand analysis of one domain"),
    ("csv_import", "CSV imports", 2, "One CSV file, on top of the import of each domain in it"),
    ("data_export", "Data exports", 10, "One export of your brands"),
]


def ship(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    package, cost = apps.get_model("tokens", "TokenPackage"), apps.get_model("tokens", "ActionCost")
    for position, (key, name, tokens, cents, is_popular) in enumerate(PACKAGES):
        package.objects.get_or_create(
            key=key,
            defaults={
                "name": name,
                "tokens": tokens,
                "price_cents": cents,
                "is_popular": is_popular,
                "position": position,
            },
        )
    for position, (key, label, tokens, description) in enumerate(COSTS):
        defaults = {"label": label, "tokens": tokens, "description": description, "position": position}
        cost.objects.get_or_create(key=key, defaults=defaults)


class Migration(migrations.Migration):
    dependencies = [("tokens", "0001_initial")]
    operations = [migrations.RunPython(ship, migrations.RunPython.noop, elidable=False)]
