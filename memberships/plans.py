"""The plans as people and programs see them, and each plan's price at Stripe."""

from __future__ import annotations

from memberships.errors import UnknownPlan
from memberships.models import Plan, PlanPrice
from memberships.models.plan import FREE
from tokens.payments import billing


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


def plan_of(price: dict[str, object]) -> Plan | None:
    """The plan a price at Stripe (plain data) belongs to; None: it is not this shop's."""
    known = PlanPrice.objects.select_related("plan").filter(stripe_id=price["id"]).first()
    if known:
        return known.plan
    key = str(price.get("lookup_key") or "")
    return Plan.objects.filter(key=key.split(":")[1]).first() if key.startswith("soulfra:") else None


def _note_price(plan: Plan, stripe_id: str) -> None:
    defaults = {"plan": plan, "amount_cents": plan.price_cents, "currency": plan.currency}
    PlanPrice.objects.get_or_create(stripe_id=stripe_id, defaults=defaults)


def _lookup_key(plan: Plan) -> str:
    return f"soulfra:{plan.key}:{plan.price_cents}:{plan.currency}"
