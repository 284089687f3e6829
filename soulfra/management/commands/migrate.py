"""`manage.py migrate`: as Django's, for a database whose history this code knows."""

from typing import Any

from django.core.management.commands.migrate import Command as MigrateCommand
from django.db import connections

from soulfra.migration_history import refuse_unknown_history


class Command(MigrateCommand):
    def handle(self, *args: Any, **options: Any) -> None:
        if not options["prune"]:  # which deletes rows that the code does not know
            refuse_unknown_history(connections[options["database"]])
        super().handle(*args, **options)
