"""A database that was restored from before something: what is done inside is lost here, and stays at Stripe."""

from contextlib import contextmanager

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction


@contextmanager
def lost():
    """Inside a test's transaction. Afterwards the next rows get the numbers of those that are lost."""
    _count_from_what_is_there()
    before = transaction.savepoint()
    yield
    transaction.savepoint_rollback(before)
    _count_from_what_is_there()


def _count_from_what_is_there():
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
            cursor.execute(statement)
