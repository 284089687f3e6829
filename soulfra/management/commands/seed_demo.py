"""`manage.py seed_demo`: a customer and a member of staff to try the shop with. They have no purchases and no usage."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.sign_in.verification import verify

# Known to everyone who can read this: the command refuses wherever real people or real money could be.
SIGN_INS = {"demo": "soulfra-demo", "staff": "soulfra-staff"}


class Command(BaseCommand):
    help = (
        "Create the customer `demo` and the staff user `staff` (only with DEBUG and the sandbox); print the sign-ins."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEBUG and settings.STRIPE_SANDBOX):
            raise CommandError("Demo accounts are created only while DEBUG is true and the Stripe sandbox is on.")
        seed()
        for username, password in SIGN_INS.items():
            self.stdout.write(f"{username} / {password}")


@transaction.atomic
def seed() -> None:
    """Make whichever of the two accounts is missing; one query when both are there."""
    users = get_user_model().objects
    there = set(users.filter(username__in=SIGN_INS).values_list("username", flat=True))
    if "demo" not in there:
        verify(users.create_user("demo", "demo@example.com", SIGN_INS["demo"]))
    if "staff" not in there:
        verify(users.create_superuser("staff", "staff@example.com", SIGN_INS["staff"]))
