"""How many statements a CSV import takes, whatever its rows say: those that open and close transactions not counted."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from brands.bulk_import.start import save_quote, start
from brands.bulk_import.work import work_one
from brands.models import CsvImport
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.reports.customer_totals import usage_breakdown

pytestmark = pytest.mark.django_db


def csv_with_details(rows):
    return "\n".join(["domain,category,tier", *(f"new{row}.com,tech,creative" for row in range(rows))]).encode()


def statements_of(work):
    with CaptureQueriesContext(connection) as captured:
        work()
    framing = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return sum(not query["sql"].startswith(framing) for query in captured.captured_queries)


# SQLite adds to totals in two statements, and its backend splits an insert of more than 45 brands in two.
@pytest.mark.parametrize(("rows", "working", "more_on_sqlite"), [(3, 11, 1), (50, 11, 2), (100, 16, 3), (150, 18, 4)])
def test_a_file_of_one_batch_is_worked_in_eleven_statements_and_each_further_batch_in_two(
    alice, rows, working, more_on_sqlite
):
    simulate_token_purchase(alice.pk, "pro")
    quoted = save_quote(alice.pk, csv_with_details(rows))
    assert statements_of(lambda: start(quoted)) == 17
    on_sqlite = connection.vendor == "sqlite"
    assert statements_of(work_one) == working + on_sqlite * more_on_sqlite
    done = CsvImport.objects.get()
    assert (done.status, done.imported, done.tokens_spent) == ("done", rows, rows + 2)
    assert sorted((row.action, row.tokens) for row in usage_breakdown(alice.pk)) == [
        ("csv_import", 2),
        ("import_domain", rows),
    ]
