from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.crypto import get_random_string

from tokens.catalog import get_catalog
from tokens.errors import TokenError
from tokens.ledger.wallet import get_token_balance
from tokens.money import format_money
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.spends import spend_tokens

RULE = "=" * 60


class Command(BaseCommand):
    help = "Show the packs, buy one and spend a token, without Stripe. Uses a temporary user and saves nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                self._show()
                transaction.set_rollback(True)
        except TokenError as error:
            raise CommandError(str(error)) from error

    def _show(self) -> None:
        self.stdout.write(f"{RULE}\nTOKEN PURCHASE SYSTEM: DEMONSTRATION\n{RULE}\n\nAvailable packages:")
        for package in get_catalog().packages.values():
            popular = " ⭐ POPULAR" if package.is_popular else ""
            price = format_money(package.price_cents, package.currency)
            self.stdout.write(f"  {package.name}{popular}: {package.tokens} tokens for {price}")
        user = get_user_model().objects.create(username=f"demonstration-{get_random_string(8)}")
        self.stdout.write(f"\nCurrent Balance: {get_token_balance(user.pk)} tokens")
        bought = simulate_token_purchase(user.pk, "pro")
        self.stdout.write(f"\nSimulated purchase: {bought.description}. Balance: {get_token_balance(user.pk)}")
        spend_tokens(user.pk, "import_domain", {"domain": "example.com"})
        self.stdout.write(
            f"User {user.pk} spent 1 tokens for import_domain. Balance: {get_token_balance(user.pk)}\n\n"
            "Nothing was saved."
        )
