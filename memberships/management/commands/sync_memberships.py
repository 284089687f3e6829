from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from memberships.subscriptions.endings import end_what_must
from memberships.subscriptions.upkeep import sync_customer
from tokens.errors import TokenError
from tokens.models import StripeCustomer
from tokens.reading import in_order_of


class Command(BaseCommand):
    help = "Bring every membership and its invoices in line with Stripe. Safe at any time, and twice."

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
        line = f"{found} subscriptions of {customers.count()} customers are in line with Stripe, {ended} ended."
        if failed:
            raise CommandError(f"{line} {failed} customers could not be asked about.")
        self.stdout.write(line)
