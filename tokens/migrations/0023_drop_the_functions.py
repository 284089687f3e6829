"""No spend and no payment is written by a function of PostgreSQL any more; every `migrate` before this one made three."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# In every version of the shop they had these parameters.
FUNCTIONS = (
    "spend_in_one_trip(bigint, text, integer, jsonb, text, text, timestamptz, interval, interval)",
    "spend_many_in_one_trip(bigint, text[], jsonb[], text, text, timestamptz)",
    "complete_in_one_trip(text, text, text, boolean, jsonb, timestamptz, uuid, text, integer, integer, integer, text,"
    " text, text, text)",
)


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for function in FUNCTIONS:
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {function}")


class Migration(migrations.Migration):
    dependencies = [("tokens", "0022_limit_tokens_of_packs")]
    # Backwards nothing is made: the version before makes its functions again when it migrates.
    operations = [migrations.RunPython(drop, migrations.RunPython.noop)]
