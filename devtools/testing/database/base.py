"""The shop's PostgreSQL, but emptied and filled again between tests in milliseconds.

Django truncates every table after a test that commits, which makes each table's and index's file anew, and saves one
by one the rows that migrations ship. Here the rows are deleted, and copied back from a schema beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql import creation, operations
from django.db.transaction import atomic

from soulfra.postgresql import base


class DatabaseCreation(creation.DatabaseCreation):
    def serialize_db_to_string(self) -> str:
        """Copy each table that holds something into the schema `shipped`; their names, a line each."""
        filled = []
        with atomic(using=self.connection.alias), self.connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA IF EXISTS shipped CASCADE")  # of the run before, with --reuse-db
            cursor.execute("CREATE SCHEMA shipped")
            for table in self.connection.introspection.django_table_names(only_existing=True, include_views=False):
                cursor.execute(f'CREATE TABLE shipped."{table}" AS TABLE "{table}"')
                if cursor.rowcount:
                    filled.append(table)
        return "\n".join(filled)

    def deserialize_db_from_string(self, data: str) -> None:
        """Before the first test that commits they are still there."""
        with atomic(using=self.connection.alias), self.connection.cursor() as cursor:
            for table in data.splitlines():
                cursor.execute(f'INSERT INTO "{table}" TABLE shipped."{table}" ON CONFLICT DO NOTHING')

    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:
        """A live server's thread may still be closing its connection, and nobody needs what it would say."""
        name = self.connection.ops.quote_name(test_database_name)
        with self._nodb_cursor() as cursor:  # type: ignore[attr-defined]  # Django's stubs leave it out
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


class DatabaseOperations(operations.DatabaseOperations):
    def sql_flush(self, style: Any, tables: Sequence[str], **how: Any) -> list[str]:
        """Entries, too, can be deleted by a superuser who says so; without one it is Django's TRUNCATE."""
        if not tables or self.connection.connection.info.parameter_status("is_superuser") != "on":
            return super().sql_flush(style, tables, **how)
        names = [self.quote_name(table) for table in tables]
        return [
            "SET LOCAL session_replication_role = replica",  # no triggers, and no question to what references a row
            f"LOCK TABLE {', '.join(names)} IN SHARE ROW EXCLUSIVE MODE",  # until open writes are done
            *(f"DELETE FROM {name}" for name in names),  # noqa: S608
            # At once, since a worker may be given any test after this one, also one that commits nothing.
            *(f'INSERT INTO "{table}" TABLE shipped."{table}"' for table in self._shipped() if table in tables),
        ]

    def _shipped(self) -> list[str]:
        shipped: str = getattr(self.connection, "_test_serialized_contents", "")
        return shipped.splitlines()


class DatabaseWrapper(base.DatabaseWrapper):
    creation_class = DatabaseCreation
    ops_class = DatabaseOperations
