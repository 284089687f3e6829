"""The one function that reads the catalogue: packages for sale and what actions cost.

What it is built from is read every time, in one small statement, so that a change by anyone, anywhere, is seen at
once; what is built is cached while those rows are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from accounts import sql
from tokens.errors import UnknownAction, UnknownPackage
from tokens.money import format_unit_price

ROWS = """
    SELECT 0 AS kind, position, id, key, name, '' AS description, tokens, price_cents, currency, is_popular
    FROM token_packages WHERE is_active
    UNION ALL
    SELECT 1, position, id, key, label, description, tokens, 0, '', FALSE FROM action_costs
    ORDER BY 1, 2, 3
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


_naming: dict[str, Callable[[Cost], Cost]] = {}
_naming_past: dict[str, Callable[[str], str]] = {}


def names_price(action: str) -> Callable[[Callable[[Cost], Cost]], Callable[[Cost], Cost]]:
    """Have a function say how the price of an action is named where prices stand, if its row alone can't know."""

    def register(function: Callable[[Cost], Cost]) -> Callable[[Cost], Cost]:
        _naming[action] = function
        return function

    return register


def names_past(action: str) -> Callable[[Callable[[str], str]], Callable[[str], str]]:
    """Have a function make of an action's name the one for what was spent on it, if its price's name may be untrue."""

    def register(function: Callable[[str], str]) -> Callable[[str], str]:
        _naming_past[action] = function
        return function

    return register


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
        """The name of what was spent on an action; an action that staff removed keeps its key."""
        if action not in self.costs:
            return action
        name = self.costs[action].label
        return _naming_past[action](name) if action in _naming_past else name

    @property
    def price_list(self) -> list[Cost]:
        """What actions cost, each by the name that it has for customers now."""
        return [_naming[key](cost) if key in _naming else cost for key, cost in self.costs.items()]

    def smallest_package_for(self, shortfall: int) -> Package | None:
        """The package with the fewest tokens that covers `shortfall`; None when no single one does."""
        covering = [package for package in self.packages.values() if package.tokens >= shortfall]
        return min(covering, key=lambda package: package.tokens, default=None)


# The catalogue built last, behind the rows it was built from.
_kept: tuple[list[Any], Catalog] = ([], Catalog({}, {}))


def get_catalog() -> Catalog:
    """Active packages and all actions in the order staff gave them; one statement."""
    global _kept
    rows = sql.run(ROWS, [])
    kept_rows, catalog = _kept
    if rows != kept_rows:
        catalog = _build(rows)
        _kept = rows, catalog
    return catalog


def last_catalog() -> Catalog:
    """The catalogue that this process read last. For who charges a price and has the database compare it."""
    return _kept[1] if _kept[0] else get_catalog()


def _build(rows: list[Any]) -> Catalog:
    sold = [
        Package(key, name, tokens, cents, currency, bool(is_popular), 0)
        for kind, _, _, key, name, _, tokens, cents, currency, is_popular in rows
        if kind == 0
    ]
    packages = {package.key: replace(package, savings_percent=_savings_percent(package, sold)) for package in sold}
    costs = {row[3]: Cost(key=row[3], label=row[4], description=row[5], tokens=row[6]) for row in rows if row[0] == 1}
    return Catalog(packages, costs)


def _savings_percent(package: Package, sold: list[Package]) -> int:
    """Against the dearest active price per token in the same currency, in whole per cents, rounded down."""
    peers = [peer for peer in sold if peer.currency == package.currency]
    dearest = max(peers, key=lambda peer: peer.price_cents * package.tokens / peer.tokens)
    # 1 − (price ÷ tokens) ÷ (dearest price ÷ its tokens), kept in integers.
    full = dearest.price_cents * package.tokens
    return (100 * (full - package.price_cents * dearest.tokens)) // full
