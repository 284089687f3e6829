"""What the models promise the database keeps: every named rule and index is really there."""

import pytest
from django.apps import apps
from django.db import connection

OURS = [
    model
    for model in apps.get_models()
    if model.__module__.split(".")[0] in ("soulfra", "accounts", "tokens", "memberships", "brands")
]

# What keeps a rule on PostgreSQL in place of the check that SQLite has.
KEPT_BY = {
    "usage_counts_something": "token_usage_is_right",
    "usage_spends_something": "token_usage_is_right",
    "hold_expires": "token_usage_is_right",
    "release_has_a_reason": "token_usage_is_right",
    "wallet_balance_covered": "wallet_is_whole",
    "wallet_parts_positive": "wallet_is_whole",
    "wallet_unposted_positive": "wallet_is_whole",
    "wallet_posts_what_is_there": "wallet_is_whole",
}


@pytest.mark.django_db
@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_constraint_and_index_of_a_model_is_in_the_database(model):
    with connection.cursor() as cursor:
        there = {*connection.introspection.get_constraints(cursor, model._meta.db_table)}
        promised = {rule.name for rule in (*model._meta.constraints, *model._meta.indexes)}
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass", [model._meta.db_table])
            there |= {name for (name,) in cursor.fetchall()}
            promised = {KEPT_BY.get(name, name) for name in promised}
    assert promised <= there
