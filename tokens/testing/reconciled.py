"""One run of the reconciliation, and what it found and repaired."""

from tokens.reconciliation.run import reconcile
from tokens.testing.ledger_rows import assert_books_are_right


def report():
    """What one run says; it got to its end."""
    run = reconcile()
    assert run.finished_at is not None
    lines = run.report.splitlines()
    assert run.repaired + run.unrepaired == len(lines)
    assert run.repaired == sum(line.endswith("; repaired.") for line in lines)
    return lines


def status_of(purchase):
    purchase.refresh_from_db()
    return purchase.status


def assert_repaired_once(*expected):
    assert report() == list(expected)
    assert report() == []
    assert_books_are_right()
