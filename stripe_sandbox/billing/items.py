"""Subscription items: a price, how many of it, and the period that is paid for."""

from stripe_sandbox.objects import Body, documents, shapes
from stripe_sandbox.store import Database, clock


def new(db: Database, subscription_id: str, price: Body, *, quantity: int, start: int, end: int) -> Body:
    """A new subscription item; `start` and `end` of its period in Unix seconds."""
    return shapes.new(
        "subscription_item",
        created=clock.now(db),
        current_period_end=end,
        current_period_start=start,
        plan=plan(price),
        price=price,
        quantity=quantity,
        subscription=subscription_id,
    )


def with_price(item: Body, price: Body, *, quantity: int) -> Body:
    """A copy of the item with another price and quantity."""
    return {**item, "price": price, "plan": plan(price), "quantity": quantity}


def for_period(item: Body, *, start: int, end: int) -> Body:
    """A copy of the item with another period, in Unix seconds."""
    return {**item, "current_period_start": start, "current_period_end": end}


def listing(subscription_id: str, found: list[Body]) -> Body:
    """A subscription's items as its list object."""
    url = f"/v1/subscription_items?subscription={subscription_id}"
    return documents.listing(found, url) | {"total_count": len(found)}


def plan(price: Body) -> Body:
    """The price once more, as it was named before prices."""
    same = ("id", "created", "active", "currency", "metadata", "nickname", "product")
    return shapes.new(
        "plan",
        **{name: price[name] for name in same},
        amount=price["unit_amount"],
        amount_decimal=price["unit_amount_decimal"],
        interval=price["recurring"]["interval"],
        interval_count=price["recurring"]["interval_count"],
    )
