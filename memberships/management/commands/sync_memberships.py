from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from memberships.subscriptions.endings import end_what_must
from memberships.subscriptions.upkeep import sync_customer
from tokens.errors import TokenError
from tokens.models import StripeCustomer
from tokens.reading import in_order_of
from tokens.wording import counted


class Command(BaseCommand):
    help = "Update every membership and its invoices from Stripe. Safe to run at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        customers = StripeCustomer.objects.exclude(stripe_id=None)
        found = failed = 0
        for user_id in in_order_of("user_id", customers.values_list("user_id", flat=True), int):
            try:
                found += sync_customer(user_id)
            except TokenError as error:
                failed += 1
                self.stderr.write(f"User {user_id}: {error}")
        ended = end_what_must()
        checked = customers.count()
        line = (
            f"{counted(checked, 'customer')} checked: "
            f"{counted(found, 'subscription')} in sync with Stripe, {ended} ended."
        )
        if failed:
            raise CommandError(f"{line} {counted(failed, 'customer')} could not be checked.")
        self.stdout.write(line)
