"""Brings a database in line whose `skipped` column was made before it could be null, without the index that finds those.

For any other database there is nothing to do. What was stored then stays.
"""

from typing import Any

from django.db import migrations, models

INDEX = "csv_imports_to_store"


def bring_in_line(apps: Any, schema_editor: Any) -> None:
    model, connection = apps.get_model("brands", "CsvImport"), schema_editor.connection
    table = model._meta.db_table
    with connection.cursor() as cursor:
        columns = {column.name: column for column in connection.introspection.get_table_description(cursor, table)}
    if not columns["skipped"].null_ok:
        field = model._meta.get_field("skipped")
        before = models.PositiveIntegerField(default=0)
        before.set_attributes_from_name("skipped")
        before.model = model
        schema_editor.alter_field(model, before, field)
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    if INDEX not in found:
        schema_editor.add_index(model, next(index for index in model._meta.indexes if index.name == INDEX))


class Migration(migrations.Migration):
    dependencies = [("brands", "0007_plain_words_in_the_back_office")]
    operations = [migrations.RunPython(bring_in_line, migrations.RunPython.noop, elidable=True)]
