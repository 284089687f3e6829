"""The front page: what the shop does for domains, and what one pays for it. Every figure is read from the rows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from brands.details import TIERS
from brands.importing import IMPORT
from memberships.models import Plan
from memberships.models.plan import FREE
from memberships.plans import offered_plans
from tokens.catalog import Catalog, Package, get_catalog
from tokens.money import format_unit_price


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """The front page for strangers; customers are led to their tokens."""
    if request.user.is_authenticated:
        return redirect("tokens:home")
    catalog, plans = get_catalog(), offered_plans()
    context = {
        "costs": catalog.costs,
        "tiers": TIERS,
        "free": next((plan for plan in plans if plan.key == FREE), None),
        **_tokens(catalog),
        **_memberships([plan for plan in plans if plan.key != FREE]),
    }
    return render(request, "front/home.html", context)


def _tokens(catalog: Catalog) -> dict[str, Any]:
    """What one domain costs once: by the smallest pack, and by the pack whose tokens are cheapest."""
    cost, packages = catalog.costs.get(IMPORT), list(catalog.packages.values())
    if not (cost and packages):
        return {"pack": None}
    smallest = min(packages, key=lambda package: package.tokens)
    peers = [package for package in packages if package.currency == smallest.currency]
    best = min(peers, key=lambda package: package.price_cents / package.tokens)
    return {
        "pack": smallest,
        "import_tokens": cost.tokens,
        "import_price": _price_of(cost.tokens, smallest),
        "best_pack": best,
        "best_price": _price_of(cost.tokens, best),
    }


def _price_of(tokens: int, package: Package) -> str:
    """What so many tokens of a pack cost, for people."""
    return format_unit_price(package.price_cents * tokens, package.tokens, package.currency)


def _memberships(paid: list[Plan]) -> dict[str, Any]:
    """The plan with the lowest price, and the one that covers most if that is another."""
    if not paid:
        return {"plan": None}
    cheapest, largest = min(paid, key=lambda plan: plan.price_cents), max(paid, key=Plan.weight)
    return {"plan": cheapest, "largest_plan": None if largest == cheapest else largest}
