"""Subscription items: a price, how many of it, and the period that is paid for."""

from stripe_sandbox.objects import ids, shapes
from stripe_sandbox.objects.documents import Body
from stripe_sandbox.store import clock
from stripe_sandbox.store.store import Database


def new(db: Database, subscription_id: str, price: Body, *, quantity: int, start: int, end: int) -> Body:
    """A new subscription item; `start` and `end` of its period in Unix seconds."""
    return shapes.new(
        "subscription_item",
        id=ids.new("subscription_item"),
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
    return {"object": "list", "data": found, "has_more": False, "total_count": len(found), "url": url}


def plan(price: Body) -> Body:
    """The price as the older object `plan`, which items have too."""
    recurring = price["recurring"]
    return shapes.new(
        "plan",
        id=price["id"],
        created=price["created"],
        active=price["active"],
        amount=price["unit_amount"],
        amount_decimal=price["unit_amount_decimal"],
        currency=price["currency"],
        interval=recurring["interval"],
        interval_count=recurring["interval_count"],
        metadata=price["metadata"],
        nickname=price["nickname"],
        product=price["product"],
    )
