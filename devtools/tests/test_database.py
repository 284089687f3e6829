"""Between tests that commit, PostgreSQL's tables go back to the rows that migrations ship, and to nothing else."""

from typing import Any

import pytest
from django.core.management.color import no_style
from django.db import connection

from tokens.models import ActionCost, LedgerEntry
from tokens.purchases.lifecycle import simulate_token_purchase


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_tables_are_emptied_of_entries_too_and_filled_with_what_is_shipped(alice: Any) -> None:
    shipped = set(ActionCost.objects.values_list("key", "tokens"))
    simulate_token_purchase(alice.pk, "pro")
    ActionCost.objects.update(tokens=77)
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)

    connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), tables))
    assert (LedgerEntry.objects.count(), type(alice).objects.count()) == (0, 0)
    assert set(ActionCost.objects.values_list("key", "tokens")) == shipped != set()

    shipped_rows = connection._test_serialized_contents  # type: ignore[attr-defined]
    connection.creation.deserialize_db_from_string(shipped_rows)
    assert set(ActionCost.objects.values_list("key", "tokens")) == shipped
