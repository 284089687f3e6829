"""What stays open at PostgreSQL."""

from django.db import connection


def open_cursors():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_cursors WHERE starts_with(name, '_django')")
        return cursor.fetchone()[0]
