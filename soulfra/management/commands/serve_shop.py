"""`manage.py serve_shop`: migrate, collect the static files and serve the shop with Granian, for real people.

`./dev serve` and the container start this. Static files come from the same processes, by WhiteNoise.
"""

import os
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.management import BaseCommand, CommandError, CommandParser, call_command
from django.db import OperationalError, connections
from django.http.request import validate_host

from soulfra.management import serving


class Command(BaseCommand):
    help = "Migrate, collect the static files and serve the shop for real people; `./dev serve` starts this."
    requires_system_checks = []  # its own refusals come first, one sentence each

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--ready-fd", type=int, help="Write a byte to this file descriptor when the shop answers.")

    def handle(self, *args: Any, **options: Any) -> None:
        self.refuse_what_is_not_set_up()
        self.prepare()
        server = serving.server(
            "soulfra.wsgi:application",
            address=settings.WEB_ADDRESS,
            port=settings.PORT,
            workers=settings.WEB_WORKERS,
            threads=settings.WEB_THREADS,
        )
        server.on_startup(
            lambda: threading.Thread(target=self.announce, args=[options["ready_fd"]], daemon=True).start()
        )
        server.serve()

    def refuse_what_is_not_set_up(self) -> None:
        if settings.DEBUG:
            raise CommandError("DEBUG is on, which shows strangers the code: set DEBUG=false, or use `./dev run`.")
        if not settings.ALLOWED_HOSTS:
            raise CommandError("ALLOWED_HOSTS is not set: name the hosts people reach the shop by.")
        found = checks.run_checks(tags=[checks.Tags.security])
        for check in found:
            self.stderr.write(f"{check.msg} {check.hint or ''}")
        if any(check.is_serious() for check in found):
            raise CommandError("The shop does not start like this: the lines above say what to set.")
        if settings.STRIPE_SANDBOX:
            self.refuse_an_open_or_deaf_sandbox()

    def refuse_an_open_or_deaf_sandbox(self) -> None:
        """Whoever reaches the sandbox's operator page moves its money; and the shop itself must reach it."""
        if not serving.is_loopback(settings.WEB_ADDRESS):
            raise CommandError(
                f"The Stripe sandbox would be open to everyone who reaches {settings.WEB_ADDRESS}: set "
                "STRIPE_ENABLED=true and Stripe's three keys, or WEB_ADDRESS=127.0.0.1 to try the shop on this machine."
            )
        if settings.WEB_THREADS == 1:
            raise CommandError("A process of one thread would wait for its own Stripe sandbox: set WEB_THREADS=8.")
        host = urlsplit(settings.SANDBOX_ADDRESS).hostname or ""
        if not validate_host(host, settings.ALLOWED_HOSTS):
            raise CommandError(f"The shop calls its Stripe sandbox at {host}: name {host} in ALLOWED_HOSTS too.")
        if settings.SECURE_SSL_REDIRECT:
            raise CommandError("The shop calls its Stripe sandbox without TLS: set SECURE_SSL_REDIRECT=false.")

    def prepare(self) -> None:
        try:
            call_command("migrate", verbosity=0, interactive=False)
        except OperationalError as error:
            raise CommandError(f"The database cannot be used: {str(error).strip()}") from error
        call_command("collectstatic", verbosity=0, interactive=False)
        connections.close_all()  # the server's processes are forked from this one

    def announce(self, ready_fd: int | None) -> None:
        """Say so as soon as the shop answers. The first pause lets the processes be forked from a quiet one."""
        address = (settings.WEB_ADDRESS, settings.PORT)
        time.sleep(0.2)
        while not serving.answers(address):
            time.sleep(0.2)
        behind = f"http://{address[0]}:{address[1]}"
        self.stdout.write(
            f"Soulfra is served: customers reach it at {settings.SITE_URL}, a proxy at {behind}. Ctrl-C stops it."
        )
        self.stdout.flush()
        if ready_fd is not None:
            os.write(ready_fd, b".")
            os.close(ready_fd)
