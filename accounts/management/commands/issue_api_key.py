"""`manage.py issue_api_key USERNAME`: make an API key from a terminal. The key is the last line printed."""

from argparse import ArgumentParser
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import api_keys, scopes
from accounts.errors import TooManyKeys
from accounts.models import User
from accounts.sign_in import security_notices

MOST_DAYS = 3650


class Command(BaseCommand):
    help = "Create an API key for a user and print it. It is shown only once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="command line", help="what the key is for (default: command line)")
        parser.add_argument(
            "--scopes",
            default=",".join(scopes.USUAL.split()),
            help="what it may do, with commas: read, spend, buy, domains, account (default: %(default)s)",
        )
        for period, of in (("daily", "day"), ("monthly", "month")):
            help_text = f"tokens that it may spend per {of}, in UTC (default: no cap)"
            parser.add_argument(f"--{period}-cap", type=int, metavar="T", help=help_text)
        ends = parser.add_mutually_exclusive_group()
        ends.add_argument("--expires", metavar="DATE", help="its last day (UTC), such as 2027-01-31, or never")
        ends.add_argument("--expires-days", type=int, metavar="D", help="days until it expires (default: 365)")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"Unknown user “{options['username']}”.")
        if not 1 <= len(options["name"]) <= 100:
            raise CommandError("--name takes 1 to 100 characters.")
        caps = api_keys.Caps(options["daily_cap"], options["monthly_cap"])
        if any(cap is not None and not 0 <= cap <= api_keys.MOST_CAP for cap in caps):
            raise CommandError(f"--daily-cap and --monthly-cap take 0 to {api_keys.MOST_CAP} tokens.")
        try:
            may = scopes.stored(name.strip() for name in options["scopes"].split(",") if name.strip())
            expires_at = _expires_at(options["expires"], options["expires_days"])
            api_key, text = api_keys.issue(user, name=options["name"], may=may, caps=caps, expires_at=expires_at)
        except (TooManyKeys, scopes.UnknownScope) as error:
            raise CommandError(str(error)) from error
        security_notices.tell(user, "api_key_created", prefix=api_key.prefix)

        expiry = f", expires {api_key.expires_at:%Y-%m-%d}" if api_key.expires_at else ""
        self.stdout.write(f"New API key for {user.username} (shown once{expiry}):")
        self.stdout.write(text)


def _expires_at(last_day: str | None, days: int | None) -> datetime | None:
    now = timezone.now()
    if last_day == "never":
        return None
    if last_day is None:
        days = api_keys.USUAL_LIFETIME.days if days is None else days
        if not 1 <= days <= MOST_DAYS:
            raise CommandError(f"--expires-days takes 1 to {MOST_DAYS} days.")
        return now + timedelta(days=days)
    try:
        ends = datetime.combine(date.fromisoformat(last_day), time(23, 59, 59), UTC)
    except ValueError:
        raise CommandError(f"--expires takes a date such as 2027-01-31, or never (got “{last_day}”).") from None
    if not now < ends <= now + timedelta(days=MOST_DAYS):
        raise CommandError(f"--expires takes a day from today on, at most {MOST_DAYS} days ahead (got {last_day}).")
    return ends
