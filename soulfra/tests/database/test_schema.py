"""What the models promise the database keeps: every named rule and index is really there."""

import pytest
from django.apps import apps
from django.db import connection

OURS = [
    model
    for model in apps.get_models()
    if model.__module__.split(".")[0] in ("soulfra", "accounts", "tokens", "memberships", "brands")
]


@pytest.mark.django_db
@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_constraint_and_index_of_a_model_is_in_the_database(model):
    with connection.cursor() as cursor:
        there = connection.introspection.get_constraints(cursor, model._meta.db_table)
    assert {rule.name for rule in (*model._meta.constraints, *model._meta.indexes)} <= there.keys()
