"""Old code runs beside the schema of the next release: what that release's migrations add has defaults in the database.

The old code is played by its models, as its own migrations describe them: their INSERTs name the old columns only.
"""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations import operations
from django.db.migrations.loader import MigrationLoader

from soulfra.testing.released import RELEASED, since_the_release

# What old code does not notice. Anything else needs two releases: CONTRIBUTING.md says how.
HARMLESS = (
    operations.CreateModel,
    operations.AddIndex,
    operations.RemoveIndex,
    operations.RemoveConstraint,
    operations.AlterModelOptions,
    operations.AlterModelManagers,
    operations.RunPython,  # and what it does and says: test_additive_statements.py
    operations.RunSQL,
)

# What a rule of the table wants beside that: whose it is, by place among the people of the test.
ALSO_NEEDED = {"tokens.GrantRequest": {"user_id": 1}}


@pytest.fixture(scope="module")
def loader():
    return MigrationLoader(None)


def test_what_was_released_is_there(loader):
    assert set(RELEASED.items()) <= loader.disk_migrations.keys()


def test_every_migration_since_the_release_is_additive(loader):
    old = loader.project_state([*RELEASED.items()])
    complaints = [
        f"{each.app_label}.{each.name}: {complaint}"
        for each in since_the_release(loader)
        for complaint in hard_on_old_code(old, each.app_label, each.operations)
    ]
    assert complaints == []


def hard_on_old_code(old, app, operations_of_one):
    """What the models of the release would notice of these operations; new tables they do not know."""
    for each in operations_of_one:
        name = getattr(each, "model_name", "") or getattr(each, "name", "")
        if isinstance(each, operations.SeparateDatabaseAndState):
            yield from hard_on_old_code(old, app, each.database_operations)
        elif (app, name.lower()) not in old.models or isinstance(each, HARMLESS):
            continue
        elif isinstance(each, operations.AddField):
            if not is_left_out_easily(each.field):
                yield f"{each.describe()}: old code writes rows without it, which the database would refuse"
        elif not isinstance(each, operations.AlterField) or is_narrower(old, app, each):
            yield f"{each.describe()}: old code would notice"


def is_left_out_easily(field):
    return field.null or field.has_db_default() or field.generated or isinstance(field, models.ManyToManyField)


def is_narrower(old, app, alter):
    """Words and choices are nothing to the database, and what may be empty or longer takes what old code writes."""
    was, new = old.models[app, alter.model_name].fields.get(alter.name), alter.field
    if was is None:
        return False
    is_shorter = bool(new.max_length) and (was.max_length or new.max_length + 1) > new.max_length
    is_now_needed = was.null and not is_left_out_easily(new)
    is_another = (was.get_internal_type(), was.unique, was.db_column) != (
        new.get_internal_type(),
        new.unique,
        new.db_column,
    )
    return is_shorter or is_now_needed or is_another


@pytest.mark.parametrize(
    ("operation", "complaints"),
    [
        (operations.AddField("wallet", "limit", models.IntegerField(null=True)), 0),
        (operations.AddField("wallet", "limit", models.IntegerField(default=0, db_default=0)), 0),
        (operations.AddField("wallet", "limit", models.IntegerField(default=0)), 1),
        (operations.RemoveField("wallet", "limit"), 1),
        (operations.RenameField("wallet", "limit", "most"), 1),
        (operations.DeleteModel("Wallet"), 1),
        (operations.AlterField("wallet", "balance", models.BigIntegerField("credit", default=0)), 0),
        (operations.AlterField("wallet", "balance", models.TextField()), 1),
        (operations.AlterField("purchase", "client_ip", models.GenericIPAddressField()), 1),
        (operations.AddConstraint("wallet", models.CheckConstraint(condition=models.Q(balance=0), name="x")), 1),
        (operations.AddField("parcel", "weight", models.IntegerField()), 0),
        (operations.SeparateDatabaseAndState(database_operations=[operations.RemoveField("wallet", "limit")]), 1),
        (operations.SeparateDatabaseAndState(state_operations=[operations.RemoveField("wallet", "limit")]), 0),
    ],
)
def test_the_rule_tells_what_old_code_would_notice(loader, operation, complaints):
    old = loader.project_state([*RELEASED.items()])
    assert len(list(hard_on_old_code(old, "tokens", [operation]))) == complaints


@pytest.mark.breaks_the_books
@pytest.mark.django_db
def test_the_old_models_write_rows_beside_the_new_schema(loader):
    """For each model of the release: a row that names the old columns alone is taken, read and changed."""
    old = loader.project_state([*RELEASED.items()]).apps
    users = get_user_model().objects
    people = [users.create_user(f"user{number}", f"user{number}@example.com").pk for number in range(2)]
    written = []
    for model in old.get_models():
        if model._meta.app_label in RELEASED and columns_added_since(model):
            row = written_by_old_code(old, model, people)
            row.save()
            assert model._default_manager.get(pk=row.pk) == row
            written.append(model._meta.label)
    assert "tokens.Purchase" in written


def columns_added_since(model):
    with connection.cursor() as cursor:
        there = {column.name for column in connection.introspection.get_table_description(cursor, model._meta.db_table)}
    return there - {field.column for field in model._meta.local_concrete_fields}


def written_by_old_code(old, model, people):
    """A row with a value in each column of then that needs one."""
    values = {
        field.attname: value_for(field, people)
        for field in model._meta.local_concrete_fields
        if not (isinstance(field, models.AutoField) or field.null or field.has_default() or field.generated)
    }
    values |= {name: people[place] for name, place in ALSO_NEEDED.get(model._meta.label, {}).items()}
    with transaction.atomic():
        return model._default_manager.create(**values)


def value_for(field, people):
    if isinstance(field, models.ForeignKey):
        return people[0] if field.related_model._meta.label == "accounts.User" else an_id_of(field.related_model)
    kinds = [
        (models.UUIDField, uuid4()),
        (models.BooleanField, False),
        (models.IntegerField, 1),
        (models.DateTimeField, datetime(2026, 11, 1, tzinfo=UTC)),
        (models.DateField, date(2026, 11, 1)),
        (models.JSONField, {}),
    ]
    if field.choices:
        return field.choices[0][0]
    return next((value for kind, value in kinds if isinstance(field, kind)), f"old {field.name}"[: field.max_length])


def an_id_of(model):
    return model._default_manager.values_list("pk", flat=True)[0]


@pytest.mark.django_db
def test_a_row_that_leaves_out_a_column_without_a_default_is_refused(alice):
    """What the rule is for: this is how old code would fail."""
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO purchases (user_id, type) VALUES (%s, 'subscription')", [alice.pk])
