"""`manage.py run_shop`: migrate, seed and serve in one process, which is what makes `./dev run` start quickly.

It is Django's threaded development server: the Stripe sandbox lives in it, so the shop calls itself over HTTP.
"""

import errno
import os
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.management.commands.runserver import Command as RunserverCommand
from django.core.management import CommandError, CommandParser, call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import autoreload

from soulfra.management import listening
from soulfra.management.commands import seed_demo


class Command(RunserverCommand):
    help = "Migrate, seed (while DEBUG and the sandbox are on) and serve the shop; `./dev run` starts this."
    addr: str
    port: str

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--ready-fd", type=int, help="Write a byte to this file descriptor when the shop listens.")

    def inner_run(self, *args: Any, **options: Any) -> None:
        autoreload.raise_last_exception()
        self.is_seeded = settings.DEBUG and settings.STRIPE_SANDBOX
        self.ready_fd = options["ready_fd"]
        self.check()
        try:
            self.prepare()
        except OperationalError as error:
            raise CommandError(f"The database cannot be used: {str(error).strip()}") from error
        self.serve(self.get_handler(*args, **options | {"use_static_handler": False}))  # WhiteNoise has them, as ever

    def prepare(self) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("Preparing the database …")
            call_command("migrate", verbosity=0, interactive=False)
        if self.is_seeded:
            seed_demo.seed()
        if not settings.DEBUG:  # then the pages name hashed static files, which have to be there
            call_command("collectstatic", verbosity=0, interactive=False)
        connection.close()

    def serve(self, handler: Any) -> None:
        try:
            with listening.Server((self.addr, int(self.port)), listening.RequestHandler) as server:
                server.set_app(handler)
                self.on_bind(server.server_port)
                server.serve_forever()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(f"Port {self.port} is taken: choose another with PORT.") from error
            raise
        except KeyboardInterrupt:
            pass

    def on_bind(self, server_port: int | str) -> None:
        self.stdout.write(self.welcome(f"http://localhost:{server_port}"))
        self.stdout.flush()
        if self.ready_fd is not None:
            os.write(self.ready_fd, b".")
            os.close(self.ready_fd)

    def welcome(self, address: str) -> str:
        places = {"shop": "/", "back office": "/admin/"}
        places |= {"payment sandbox": "/stripe-sandbox/"} if settings.STRIPE_SANDBOX else {"API": "/api/docs"}
        lines = ["", "Soulfra is running.", "", *(f"  {name:<18} {address}{path}" for name, path in places.items()), ""]
        if self.is_seeded:
            lines += [*(f"  sign in as {name:<7} {word}" for name, word in seed_demo.SIGN_INS.items()), ""]
        return "\n".join([*lines, "Ctrl-C stops it.", ""])
