"""A process that dies between any two steps, told as an exception that nothing in the shop catches.

The test's own transaction stands for the database: every transaction of the shop is a savepoint in it, which is rolled
back when the process dies before its commit and stays when it dies after.
"""

import re
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tokens import transactions
from tokens.errors import StripeUnreachable
from tokens.spending import spends
from tokens.stripe_api import gateway

# Where something may go wrong: dead before a statement, before or after a commit, before a call to Stripe, after its
# answer; or alive, with the answer lost.
POINTS = ("statement", "before commit", "after commit", "before call", "after call", "answer lost")


# A plain spend on PostgreSQL: `WITH … AS (UPDATE …) INSERT …`.
SEVERAL_WRITES = re.compile(r"\s*WITH\b.*\b(INSERT INTO|UPDATE \w+ SET)\b", re.DOTALL)


class Killed(BaseException):
    """Not an Exception, so that no handler of the shop takes it for a failure and goes on."""


class Boundaries:
    """Sees every statement, commit and call. `arm` makes the process die at one of them; `on_commit` is called after
    each commit of the shop that may have moved something."""

    def __init__(self, on_commit):
        self.on_commit, self.is_quiet, self.has_moved = on_commit, False, False
        self.disarm()

    def arm(self, point, *, nth):
        self.point, self.countdown, self.hit = point, nth, None

    def disarm(self):
        self.point = self.hit = None

    def reach(self, point):
        if point != self.point:
            return
        if self.countdown:
            self.countdown -= 1
            return
        self.point, self.hit = None, point
        raise StripeUnreachable("The answer was lost.") if point == "answer lost" else Killed(point)

    @contextmanager
    def quietly(self):
        """What the test itself does at the database is no step of the shop."""
        before, self.is_quiet = self.is_quiet, True
        try:
            yield
        finally:
            self.is_quiet = before

    def execute(self, execute, sql, params, many, context):
        if self.is_quiet or sql.startswith(("SAVEPOINT", "ROLLBACK")):
            return execute(sql, params, many, context)
        if SEVERAL_WRITES.match(sql) and is_outermost():
            return self.commit_at_once(execute, sql, params, many, context)
        is_write = sql.lstrip().startswith(("INSERT", "UPDATE", "DELETE")) and "stripe_" not in sql.split("(")[0]
        self.has_moved |= is_write or bool(SEVERAL_WRITES.match(sql))
        if not sql.startswith("RELEASE"):
            self.reach("statement")
            return execute(sql, params, many, context)
        return (
            self.commit(execute, sql, params, many, context) if is_outermost() else execute(sql, params, many, context)
        )

    def commit_at_once(self, execute, sql, params, many, context):
        """A statement that is a transaction by itself: a crash before its end leaves nothing, and its failure too."""
        self.reach("statement")
        self.reach("before commit")
        with self.quietly():
            savepoint = transaction.savepoint()
            try:
                answer = execute(sql, params, many, context)
            except DatabaseError:
                transaction.savepoint_rollback(savepoint)
                raise
            transaction.savepoint_commit(savepoint)
            self.on_commit()
        self.reach("after commit")
        return answer

    def commit(self, execute, sql, params, many, context):
        try:
            self.reach("before commit")
        except Killed:
            execute(sql.replace("RELEASE", "ROLLBACK TO"), params, many, context)
            raise
        execute(sql, params, many, context)
        if self.has_moved:
            self.has_moved = False
            with self.quietly():
                self.on_commit()
        self.reach("after commit")

    @contextmanager
    def installed(self):
        """Within, the shop's transactions are savepoints that commit one by one, and everything passes by here."""
        real = gateway.plain_errors

        @contextmanager
        def plain_errors():
            self.reach("before call")
            with real():
                yield
            self.reach("after call")
            self.reach("answer lost")

        with pytest.MonkeyPatch.context() as patch, connection.execute_wrapper(self.execute):
            patch.setattr(gateway, "plain_errors", plain_errors)
            for module in (transactions, spends):
                patch.setattr(module, "connection", _Outside())
            yield

    @contextmanager
    def dying(self, crash):
        """Run a step of the shop with a crash (point, nth) or None; it ends where the process dies."""
        self.hit = None
        if crash:
            self.arm(crash[0], nth=crash[1])
        try:
            yield self
        except Killed:
            transaction.set_rollback(False)  # a block without a savepoint of its own asked for it on its way out
            assert is_outermost()
        finally:
            self.point = None


def is_outermost():
    """Whether no transaction of the shop is open, only the test's."""
    blocks: list[Any] = connection.atomic_blocks
    return all(block._from_testcase for block in blocks)


@contextmanager
def sandpit():
    """A transaction of the test's own that is rolled back at the end, and no transaction of the shop."""
    block: Any = transaction.atomic()
    block._from_testcase = True
    with block:
        try:
            yield
        finally:
            transaction.set_rollback(True)


class _Outside:
    """The connection as the shop would see it if the test had opened no transaction."""

    @property
    def in_atomic_block(self):
        return not is_outermost()
