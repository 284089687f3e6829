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
    price = billing.find_price(_lookup_key(plan)) or billing.create_price(
        lookup_key=_lookup_key(plan),
        amount_cents=plan.price_cents,
        currency=plan.currency,
        product_name=f"Soulfra {plan.name}",
    )
    PlanPrice.objects.get_or_create(
        stripe_id=price["id"],
        defaults={"plan": plan, "amount_cents": plan.price_cents, "currency": plan.currency},
    )
    return str(price["id"])


def plan_of(price: dict[str, object]) -> Plan | None:
    """The plan a price at Stripe (plain data) belongs to; None: it is not this shop's."""
    known = PlanPrice.objects.select_related("plan").filter(stripe_id=price["id"]).first()
    if known:
        return known.plan
    key = str(price.get("lookup_key") or "")
    return Plan.objects.filter(key=key.split(":")[1]).first() if key.startswith("soulfra:") else None


def _lookup_key(plan: Plan) -> str:
    return f"soulfra:{plan.key}:{plan.price_cents}:{plan.currency}"
