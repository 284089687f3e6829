"""manage.py stripe_sandbox VERB: what a buyer or an operator does, from a terminal, in the running sandbox."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from stripe_sandbox.terminal.server import Refused
from stripe_sandbox.terminal.table import VERBS


class Command(BaseCommand):
    help = "Drive the local Stripe sandbox of the running server (see settings.SANDBOX_ADDRESS)."
    # It only sends HTTP requests; the server has made its own checks.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        for name, verb in VERBS.items():
            verb.add_arguments(verbs.add_parser(name, help=verb.help, description=verb.help.capitalize() + "."))

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.STRIPE_SANDBOX:
            raise CommandError("The sandbox is off: STRIPE_ENABLED is true.")
        try:
            self.stdout.write(VERBS[options["verb"]].run(options))
        except Refused as refused:
            raise CommandError(str(refused)) from refused
