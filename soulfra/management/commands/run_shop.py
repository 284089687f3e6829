"""`manage.py run_shop`: migrate, seed and serve in one process, which is what makes `./dev run` start quickly.

It serves as `./dev serve` does, with Granian; `./dev run --reload` keeps Django's development server, which starts
again whenever the code changes.
"""

import errno
import threading
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.management.commands.runserver import Command as RunserverCommand
from django.core.management import CommandError, call_command
from django.db import OperationalError, connections
from django.utils import autoreload

from soulfra import databases
from soulfra.management.commands import seed_demo
from soulfra.migrating import is_behind
from soulfra.migration_history import refuse_unknown_history
from soulfra.serving import listening, web
from soulfra.watching import metrics
from tokens.stripe_api import sandbox


class Command(RunserverCommand):
    help = "Migrate, seed (while DEBUG and the sandbox are on) and serve the shop; `./dev run` starts this."
    addr: str
    port: str

    def inner_run(self, *args: Any, **options: Any) -> None:
        autoreload.raise_last_exception()
        self.is_seeded = settings.DEBUG and settings.STRIPE_SANDBOX
        self.check()
        try:
            self.prepare()
        except OperationalError as error:
            if not databases.may_be_away(error):
                raise CommandError(databases.why_not(error)) from error
            self.stderr.write(f"Requests get a 503 meanwhile. {databases.why_not(error)}")
        threading.Thread(target=self.announce, daemon=True).start()
        if options["use_reloader"]:
            # WhiteNoise has the static files, as ever.
            self.serve_and_reload(self.get_handler(*args, **options | {"use_static_handler": False}))
        else:
            self.serve()

    def prepare(self) -> None:
        refuse_unknown_history(connections["default"])
        if is_behind():
            self.stdout.write("Preparing the database …")
            call_command("migrate", verbosity=0, interactive=False)
        if self.is_seeded:
            seed_demo.seed()
        if not settings.DEBUG:  # then the pages name hashed static files, which have to be there
            call_command("collectstatic", verbosity=0, interactive=False)
        databases.try_as_a_web_process()
        connections.close_all()  # the server's processes are forked from this one

    def serve(self) -> None:
        server = web.server(
            "soulfra.wsgi:application",
            listener=web.listener(self.addr, int(self.port)),
            workers=settings.WEB_WORKERS,
            threads=settings.WEB_THREADS,
            stop_seconds=settings.STOP_SECONDS,
            hang_seconds=settings.WEB_HANG_SECONDS,
        )
        with metrics.shared():
            server.serve_until_a_signal()

    def serve_and_reload(self, handler: Any) -> None:
        try:
            with listening.Server((self.addr, int(self.port)), listening.RequestHandler) as server:
                server.set_app(handler)
                server.serve_forever()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(f"Port {self.port} is taken: choose another with PORT.") from error
            raise
        except KeyboardInterrupt:
            pass

    def announce(self) -> None:
        web.wait_until_it_answers((self.addr, int(self.port)))
        self.stdout.write(self.welcome(f"http://localhost:{self.port}"))
        self.stdout.flush()

    def welcome(self, address: str) -> str:
        places = {"shop": f"{address}/", "back office": f"{address}/admin/"}
        places |= (
            {"payment sandbox": sandbox.operator_page()} if settings.STRIPE_SANDBOX else {"API": f"{address}/api/docs"}
        )
        lines = ["", "Soulfra is running.", "", *(f"  {name:<18} {place}" for name, place in places.items()), ""]
        if self.is_seeded:
            lines += [*(f"  sign in as {name:<7} {word}" for name, word in seed_demo.SIGN_INS.items()), ""]
        return "\n".join([*lines, "Ctrl-C stops it.", ""])
