"""`manage.py query_by_tier --tier foundation --export json`: a user's domains, listed, counted or exported.

Listing and counting are free. An export costs what it costs anywhere: the file goes to standard output, and what was
spent to standard error, so that `> domains.json` keeps the file alone.
"""

from __future__ import annotations

from argparse import ArgumentParser
from io import TextIOWrapper
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from brands.choosing import choose
from brands.counting import count_by_kind
from brands.customer import customer_named
from brands.exports import export
from brands.importing import count_domains
from brands.models import Brand, Export
from brands.models.brand import BrandQuerySet
from memberships.current import CurrentMembership, get_membership
from tokens.errors import TokenError
from tokens.reading import in_order_of
from tokens.wording import counted

ANY = "any"


class Command(BaseCommand):
    help = "List a user's domains, count them (--stats), or export them for tokens (--export)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--user", metavar="NAME", help="the customer whose domains and tokens to use (default: the only one)"
        )
        parser.add_argument("--tier", default="", help=f"one of: {', '.join(Brand.Tier.values)} (default: all)")
        parser.add_argument("--category", default="", help="the key of a category, such as cooking (default: all)")
        parser.add_argument("--type", default="", help=f"one of: {', '.join(Brand.Type.values)} (default: all)")
        parser.add_argument(
            "--test", choices=["true", "false"], help="only test domains, or only others (default: all)"
        )
        parser.add_argument(
            "--membership",
            nargs="?",
            const=ANY,
            metavar="PLAN",
            help="also show the user's membership; with a PLAN, continue only if it matches",
        )
        parser.add_argument("--stats", action="store_true", help="count by tier, category, type and test; free")
        parser.add_argument("--export", choices=Export.Format.values, help="export as a file to standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        user_id = customer_named(options["user"]).pk
        # Beside a file on standard output, everything else goes where it does not spoil it.
        self.said = self.stderr if options["export"] else self.stdout
        try:
            chosen = choose(
                tier=options["tier"], category=options["category"], type=options["type"], is_test=options["test"]
            )
            if options["membership"]:
                self._say_membership(get_membership(user_id), options["membership"])
            if options["stats"]:
                self._count(chosen.brands(user_id))
            if options["export"]:
                self._export(export.export(user_id, chosen, options["export"]))
            elif not options["stats"]:
                self._list(chosen.brands(user_id))
        except TokenError as error:
            raise CommandError(str(error)) from error

    def _say_membership(self, membership: CurrentMembership, wanted: str) -> None:
        limit = "any number" if membership.domains_limit is None else membership.domains_limit
        used = count_domains(membership.user_id)
        self.said.write(f"Membership: {membership.plan.name} ({membership.status}), {used} domains of {limit}")
        if wanted not in (ANY, membership.tier):
            raise CommandError(f"The membership is {membership.tier}, not {wanted}; nothing was read or charged.")

    def _count(self, brands: BrandQuerySet) -> None:
        self.said.write(f"{brands.count()} domains")
        for kind, numbers in count_by_kind(brands).items():
            counted = ", ".join(f"{value} {number}" for value, number in numbers.items())
            self.said.write(f"  {kind}: {counted or 'none'}")

    def _list(self, brands: BrandQuerySet) -> None:
        for brand in in_order_of("domain", brands):
            marks = [brand.tier, brand.category_id or "-", brand.brand_type or "-", "test" if brand.is_test else ""]
            self.said.write(f"{brand.domain_shown}  {brand.name}  {' '.join(marks).rstrip()}")
        self.said.write(f"{counted(brands.count(), 'domain')}.")

    def _export(self, ready: export.Ready) -> None:
        with export.open_file(ready) as file:
            for line in TextIOWrapper(file, encoding="utf-8", newline=""):
                self.stdout.write(line, ending="")
        spent, left = ready.usage.tokens_spent, ready.usage.balance_after
        exported = f"{counted(ready.export.brands, 'domain')} exported"
        self.said.write(f"{exported} for {counted(spent, 'token')}; {left:,} left.")
