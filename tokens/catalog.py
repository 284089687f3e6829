"""The one function that reads the catalogue: packages for sale and what actions cost.

It is kept in memory until a row changes; what one small statement tells, so every process sees a change at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import Any

from django.db import connection

from tokens.errors import UnknownAction, UnknownPackage
from tokens.models import ActionCost, TokenPackage
from tokens.money import format_unit_price

STAMP = """
    SELECT (SELECT count(*) FROM token_packages), (SELECT max(updated_at) FROM token_packages),
           (SELECT count(*) FROM action_costs), (SELECT max(updated_at) FROM action_costs)
"""


@dataclass(frozen=True)
class Package:
    """A package for sale. `savings_percent` is against the dearest active price per token."""

    key: str
    name: str
    tokens: int
    price_cents: int
    currency: str
    is_popular: bool
    savings_percent: int

    @property
    def per_token(self) -> str:
        """The price of one token, for people: "$0.08"."""
        return format_unit_price(self.price_cents, self.tokens, self.currency)


@dataclass(frozen=True)
class Cost:
    """What one action costs, in tokens."""

    key: str
    label: str
    description: str
    tokens: int


@dataclass(frozen=True)
class Catalog:
    packages: dict[str, Package]
    costs: dict[str, Cost]

    def package(self, key: str) -> Package:
        """Raises UnknownPackage, which names the packages there are."""
        try:
            return self.packages[key]
        except KeyError:
            raise UnknownPackage(key, list(self.packages)) from None

    def cost(self, action: str) -> Cost:
        """Raises UnknownAction, which names the actions there are."""
        try:
            return self.costs[action]
        except KeyError:
            raise UnknownAction(action, list(self.costs)) from None

    def label(self, action: str) -> str:
        """The action's name for people; an action that staff removed keeps its key."""
        return self.costs[action].label if action in self.costs else action

    def smallest_package_for(self, shortfall: int) -> Package | None:
        """The package with the fewest tokens that covers `shortfall`; None when no single one does."""
        covering = [package for package in self.packages.values() if package.tokens >= shortfall]
        return min(covering, key=lambda package: package.tokens, default=None)


# The catalogue last read, behind the stamp it was read under.
_kept: tuple[tuple[Any, ...], Catalog] = ((), Catalog({}, {}))


def get_catalog() -> Catalog:
    """Active packages and all actions in the order staff gave them; one statement while nothing has changed."""
    global _kept
    stamp = _stamp()
    kept_stamp, catalog = _kept
    if stamp != kept_stamp:
        catalog = _read()
        if _stamp() == stamp:  # else rows changed while they were read: not to be kept
            _kept = stamp, catalog
    return catalog


def _stamp() -> tuple[Any, ...]:
    """Differs whenever a row was added, removed or changed."""
    with connection.cursor() as cursor:
        cursor.execute(STAMP)
        return cursor.fetchone()


def _read() -> Catalog:
    rows = list(TokenPackage.objects.filter(is_active=True))
    packages = {
        row.key: Package(
            row.key, row.name, row.tokens, row.price_cents, row.currency, row.is_popular, _savings_percent(row, rows)
        )
        for row in rows
    }
    costs = {row.key: Cost(row.key, row.label, row.description, row.tokens) for row in ActionCost.objects.all()}
    return Catalog(packages, costs)


def _savings_percent(package: TokenPackage, rows: list[TokenPackage]) -> int:
    """Against the dearest active price per token in the same currency, in whole per cents, rounded down."""
    peers = [row for row in rows if row.currency == package.currency]
    dearest = max(peers, key=lambda row: row.price_cents * package.tokens / row.tokens)
    # 1 − (price ÷ tokens) ÷ (dearest price ÷ its tokens), kept in integers.
    full = dearest.price_cents * package.tokens
    return floor(100 * (full - package.price_cents * dearest.tokens) / full)
