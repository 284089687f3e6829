"""`manage.py backup`: a checked copy of the SQLite database that is in use; for PostgreSQL, what to run instead."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from soulfra.backups import sqlite


class Command(BaseCommand):
    help = "Copy the SQLite database while it is in use, and check the copy; for PostgreSQL, say what to run."
    requires_system_checks = []  # a backup is wanted most when something is wrong

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", nargs="?", type=Path, help="where to; else beside the database, with the time in its name"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name = f"soulfra-{timezone.now():%Y%m%dT%H%M%SZ}"
        if connection.vendor == "postgresql":
            raise CommandError(
                f"PostgreSQL is backed up by its own programs: {dump_command(name)}; see docs/backup.md."
            )
        source = Path(str(connection.settings_dict["NAME"]))
        if not source.is_file():
            raise CommandError(f"There is no database in {source}.")
        target: Path = options["file"] or source.with_name(f"{name}.db")
        size = sqlite.back_up(source, target)
        self.stdout.write(f"Backed up to {target}: {size:,} bytes, checked.")


def dump_command(name: str) -> str:
    """What dumps the shop's PostgreSQL. Its password is asked for, or read from ~/.pgpass."""
    database = connection.settings_dict
    host = database["HOST"] or database["OPTIONS"].get("host", "")
    given = {"host": host, "port": database["PORT"], "username": database["USER"]}
    where = [f"--{option}={value}" for option, value in given.items() if value]
    return " ".join(["pg_dump", "--format=custom", f"--file={name}.dump", *where, str(database["NAME"])])
