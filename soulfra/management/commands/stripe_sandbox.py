"""`manage.py stripe_sandbox …` is `python -m stripe_sandbox …`, told what this shop's settings say."""

import importlib.util
import os
import sys
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.http.request import validate_host


class Command(BaseCommand):
    help = "The local Stripe sandbox: `serve` starts it, and its other verbs drive the one that runs."

    def run_from_argv(self, argv: list[str]) -> None:
        """Arguments are passed on to `python -m stripe_sandbox`, run in this process."""
        words = argv[2:]
        try:
            if not settings.STRIPE_SANDBOX:
                raise CommandError("The sandbox is off: STRIPE_ENABLED is true.")
            if importlib.util.find_spec("stripe_sandbox") is None:
                raise CommandError(
                    "This image doesn't include the sandbox: set STRIPE_ENABLED=true and Stripe's three keys."
                )
            if "serve" in words[:1]:
                refuse_a_deaf_shop()
        except CommandError as error:
            self.stderr.write(str(error))
            sys.exit(1)
        where = ["--address", settings.STRIPE_API_BASE] if settings.STRIPE_API_BASE else []
        command = [sys.executable, "-m", "stripe_sandbox", *where, *words]
        sys.stdout.flush()
        os.execve(sys.executable, command, environment())  # noqa: S606  no shell is meant

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError("Run it from the command line: `manage.py stripe_sandbox`.")


def environment() -> dict[str, str]:
    """What the sandbox is told. Secrets go this way, since every user of a machine sees its command lines."""
    told = {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(settings.BASE_DIR), os.environ.get("PYTHONPATH")])),
        "SANDBOX_PUBLIC_URL": settings.SANDBOX_PUBLIC_URL,
        "SANDBOX_STORE": settings.SANDBOX_STORE,
        "SANDBOX_WEBHOOK_URL": settings.SANDBOX_WEBHOOK_URL,
        "STRIPE_SANDBOX_COMMAND": "manage.py stripe_sandbox",
        "STRIPE_SECRET_KEY": settings.STRIPE_SECRET_KEY,
        "STRIPE_WEBHOOK_SECRET": settings.STRIPE_WEBHOOK_SECRET,
    }
    return {**os.environ, **told}


def refuse_a_deaf_shop() -> None:
    """What was paid at the sandbox would never be heard of."""
    webhook = urlsplit(settings.SANDBOX_WEBHOOK_URL)
    if not settings.STRIPE_WEBHOOK_SECRET:
        raise CommandError("STRIPE_WEBHOOK_SECRET is not set, so no webhook could be verified: set any random text.")
    if webhook.scheme not in ("http", "https") or not webhook.hostname:
        raise CommandError("SANDBOX_WEBHOOK_URL must begin with http:// or https://.")
    if not validate_host(webhook.hostname, settings.ALLOWED_HOSTS):
        raise CommandError(
            f"The sandbox calls the shop at {webhook.hostname}: name {webhook.hostname} in ALLOWED_HOSTS."
        )
    if webhook.scheme == "http" and getattr(settings, "SECURE_SSL_REDIRECT", False):
        raise CommandError("The sandbox calls the shop without TLS: set SECURE_SSL_REDIRECT=false.")
