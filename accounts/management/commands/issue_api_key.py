"""`manage.py issue_api_key USERNAME`: make an API key from a terminal. The key is the last line printed."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import api_keys
from accounts.errors import TooManyKeys
from accounts.models import User
from accounts.sign_in import security_notices


class Command(BaseCommand):
    help = "Create an API key for a user and print it. It is shown only once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="command line", help="what the key is for (default: command line)")
        parser.add_argument("--expires-days", type=int, metavar="D", help="days until it expires (default: never)")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"Unknown user “{options['username']}”.")
        days = options["expires_days"]
        if days is not None and not 1 <= days <= 3650:
            raise CommandError("--expires-days takes 1 to 3650 days.")
        if not 1 <= len(options["name"]) <= 100:
            raise CommandError("--name takes 1 to 100 characters.")
        expires_at = None if days is None else timezone.now() + timedelta(days=days)

        try:
            api_key, text = api_keys.issue(user, name=options["name"], expires_at=expires_at)
        except TooManyKeys as error:
            raise CommandError(str(error)) from error
        security_notices.tell(user, "api_key_created", prefix=api_key.prefix)

        expiry = f", expires {api_key.expires_at:%Y-%m-%d}" if api_key.expires_at else ""
        self.stdout.write(f"New API key for {user.username} (shown once{expiry}):")
        self.stdout.write(text)
