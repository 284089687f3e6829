"""The plans as people and programs see them, and each plan's price at Stripe."""

from __future__ import annotations

from typing import Any

from memberships.errors import UnknownPlan
from memberships.models import Plan, PlanPrice
from memberships.models.plan import FREE
from tokens.stripe_api import billing
from tokens.stripe_api.escaping import is_id


def offered_plans() -> list[Plan]:
    """What may be chosen, in the order staff gave; Free is among them."""
    return list(Plan.objects.offered())


def paid_plan(key: str) -> Plan:
    """An offered plan that costs something. Raises UnknownPlan, which names those there are."""
    plans = {plan.key: plan for plan in offered_plans() if plan.key != FREE}
    if key not in plans:
        raise UnknownPlan(key, list(plans))
    return plans[key]


def stripe_price(plan: Plan) -> str:
    """The id of the plan's present price at Stripe, made there on first use. Raises StripeFailed.

    It is found again by a lookup key that names the amount, so that an amount is one price, however many databases ask.
    """
    found = known_stripe_price(plan)
    if found:
        _note_price(plan, found)
        return found
    price = billing.create_price(
        lookup_key=_lookup_key(plan),
        amount_cents=plan.price_cents,
        currency=plan.currency,
        product_name=f"Soulfra {plan.name}",
    )
    _note_price(plan, price["id"])
    return str(price["id"])


def known_stripe_price(plan: Plan) -> str | None:
    """The id of the plan's present price, if it is at Stripe already. Raises StripeFailed."""
    price = billing.find_price(_lookup_key(plan))
    return str(price["id"]) if price else None


def bring_prices_to_stripe() -> None:
    """Make the present price of every offered plan at Stripe, unless it is known to be there. Raises StripeFailed."""
    for plan in offered_plans():
        is_known = plan.prices.filter(amount_cents=plan.price_cents, currency=plan.currency).exists()
        if plan.key != FREE and not is_known:
            stripe_price(plan)


def of_prices(prices: list[dict[str, Any]]) -> dict[str, Plan]:
    """The plans of those prices at Stripe (plain data) that are this shop's, by the prices' ids.

    A price counts as long as it lives: members keep theirs when their plan's changes.
    """
    ids = [price["id"] for price in prices if is_id(price.get("id"))]
    known = PlanPrice.objects.select_related("plan").filter(stripe_id__in=ids)
    found = {price.stripe_id: price.plan for price in known}
    # Another database of this shop may have made it: then its lookup key says whose it is.
    keys = {price["id"]: key for price in prices if price.get("id") in ids and (key := _plan_key(price))}
    unknown = {id: key for id, key in keys.items() if id not in found}
    plans = Plan.objects.in_bulk(set(unknown.values())) if unknown else {}
    return found | {id: plans[key] for id, key in unknown.items() if key in plans}


def _plan_key(price: dict[str, Any]) -> str:
    shop, _, rest = str(price.get("lookup_key") or "").partition(":")
    return rest.partition(":")[0] if shop == "soulfra" else ""


def _note_price(plan: Plan, stripe_id: str) -> None:
    defaults = {"plan": plan, "amount_cents": plan.price_cents, "currency": plan.currency}
    PlanPrice.objects.get_or_create(stripe_id=stripe_id, defaults=defaults)


def _lookup_key(plan: Plan) -> str:
    return f"soulfra:{plan.key}:{plan.price_cents}:{plan.currency}"
