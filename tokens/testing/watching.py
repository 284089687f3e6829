"""Which statements something takes."""

from contextlib import contextmanager

from django.db import connection

TRANSACTIONS = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")


@contextmanager
def watched():
    """The statements that are run meanwhile, but for those that begin and end transactions."""
    statements = []

    def watch(execute, sql, params, many, context):
        if not sql.startswith(TRANSACTIONS):
            statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield statements
