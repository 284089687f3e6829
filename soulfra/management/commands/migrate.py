"""`manage.py migrate`, one at a time for each database, and only where this code knows its history."""

from typing import Any

from django.core.management.commands.migrate import Command as MigrateCommand
from django.db import connections

from soulfra import migrating
from soulfra.migration_history import refuse_unknown_history


class Command(MigrateCommand):
    help = f"{MigrateCommand.help} One at a time for each database."

    def handle(self, *args: Any, **options: Any) -> None:
        with migrating.alone(options["database"], on_wait=self.say_that_it_waits):
            if not options["prune"]:  # which deletes rows that the code does not know
                refuse_unknown_history(connections[options["database"]])
            super().handle(*args, **options)

    def say_that_it_waits(self) -> None:
        self.stderr.write("Another process is migrating this database; waiting until it is done.")
