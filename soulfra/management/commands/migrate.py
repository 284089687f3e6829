"""`manage.py migrate`, one at a time for each database."""

from typing import Any

from django.core.management.commands.migrate import Command as MigrateCommand

from soulfra import migrating


class Command(MigrateCommand):
    help = f"{MigrateCommand.help} One at a time for each database."

    def handle(self, *args: Any, **options: Any) -> None:
        with migrating.alone(options["database"], on_wait=self.say_that_it_waits):
            super().handle(*args, **options)

    def say_that_it_waits(self) -> None:
        self.stderr.write("Another process is migrating this database; waiting until it is done.")
