"""`manage.py serve_shop [--no-migrate]`: migrate, collect the static files and serve with Granian, for real people.

`./dev serve` and the container start this. Static files come from the same processes, by WhiteNoise.
"""

import threading
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.management import BaseCommand, CommandError, CommandParser, call_command
from django.db import OperationalError, connections

from soulfra import databases
from soulfra.migrating import is_behind
from soulfra.migration_history import refuse_unknown_history
from soulfra.serving import web
from soulfra.watching import metrics

WITHOUT_KEYS = (
    "Payments go to a local Stripe sandbox, which this does not start: start it with `./dev manage stripe_sandbox "
    "serve`, or set STRIPE_ENABLED=true and Stripe's three keys."
)
BEHIND = "The database lacks migrations of this version: run `./dev manage migrate`."


class Command(BaseCommand):
    help = "Migrate, collect the static files and serve the shop in production; `./dev serve` starts this."
    requires_system_checks = []  # its own refusals come first, one sentence each

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-migrate", action="store_true", help="Leave the database to `manage.py migrate`.")

    def handle(self, *args: Any, **options: Any) -> None:
        self.refuse_what_is_not_set_up()
        self.prepare(migrates=not options["no_migrate"])
        server = web.server(
            "soulfra.wsgi:application",
            listener=web.listener(settings.WEB_ADDRESS, settings.PORT),
            workers=settings.WEB_WORKERS,
            threads=settings.WEB_THREADS,
            stop_seconds=settings.STOP_SECONDS,
            hang_seconds=settings.WEB_HANG_SECONDS,
        )
        server.on_startup(threading.Thread(target=self.announce, daemon=True).start)
        with metrics.shared():
            server.serve_until_a_signal()

    def refuse_what_is_not_set_up(self) -> None:
        if settings.DEBUG:
            raise CommandError(
                "DEBUG is on, which shows visitors the source code: use `./dev run`, or move these settings away and "
                "write others with `./dev manage new_env --production`."
            )
        if not settings.ALLOWED_HOSTS:
            raise CommandError("ALLOWED_HOSTS is not set: name the hosts people reach the shop by.")
        found = checks.run_checks(tags=[checks.Tags.security])
        for check in found:
            self.stderr.write(f"{check.msg} {check.hint or ''}")
        if any(check.is_serious() for check in found):
            raise CommandError("The shop can't start with these settings (see above).")
        if settings.STRIPE_SANDBOX:
            self.stderr.write(WITHOUT_KEYS)

    def prepare(self, *, migrates: bool) -> None:
        try:
            # Another machine, or a release that was taken back, may have migrated it for the next version.
            refuse_unknown_history(connections["default"], may_be_newer=True)
            if is_behind():
                if migrates:
                    call_command("migrate", verbosity=0, interactive=False)
                else:
                    self.stderr.write(BEHIND)
            databases.try_as_a_web_process()
        except OperationalError as error:
            if not databases.may_be_away(error):
                raise CommandError(databases.why_not(error)) from error
            self.stderr.write(f"Requests get a 503 meanwhile. {databases.why_not(error)}")
        call_command("collectstatic", verbosity=0, interactive=False)
        connections.close_all()  # the server's processes are forked from this one

    def announce(self) -> None:
        web.wait_until_it_answers((settings.WEB_ADDRESS, settings.PORT))
        behind = f"http://{settings.WEB_ADDRESS}:{settings.PORT}"
        self.stdout.write(
            f"Soulfra is served: customers reach it at {settings.SITE_URL}, a proxy at {behind}. Ctrl-C stops it."
        )
        self.stdout.flush()
