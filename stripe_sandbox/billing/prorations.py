"""Prorations: what is left of a period at the old price is given back, and charged at the new one.

https://docs.stripe.com/billing/subscriptions/prorations: by the second.
"""

import datetime as dt
from fractions import Fraction

from stripe_sandbox.billing import lines
from stripe_sandbox.checkout import line_items
from stripe_sandbox.objects import Body, Document, shapes
from stripe_sandbox.store import Database


def build(db: Database, subscription: Document, before: list[Body], after: list[Body], *, at: int) -> list[Body]:
    """Invoice items, not yet in the store: a credit for each item that changed, and a charge unless its period is new.

    An item whose period starts anew is charged in full, as a line of its own.
    """
    was, will_be = ({item["id"]: item for item in items} for items in (before, after))
    found = []
    for id in was | will_be:
        old, new = was.get(id), will_be.get(id)
        if old and new and (old["price"]["id"], old["quantity"]) == (new["price"]["id"], new["quantity"]):
            continue
        if old:
            found.append(_item(db, subscription, old, at=at, is_credit=True))
        if new and new["current_period_end"] == before[0]["current_period_end"]:
            found.append(_item(db, subscription, new, at=at, is_credit=False))
    return found


def _item(db: Database, subscription: Document, item: Body, *, at: int, is_credit: bool) -> Body:
    price, body = item["price"], subscription.body
    amount = _share(item, line_items.total(price, item["quantity"]), at=at)
    quantity = f"{item['quantity']} × " if item["quantity"] > 1 else ""
    day = f"{dt.datetime.fromtimestamp(at, tz=dt.UTC):%d %b %Y}"
    said = "Unused time on" if is_credit else "Remaining time on"
    details = {"subscription": subscription.id, "subscription_item": item["id"]}
    signed = -amount if is_credit else amount
    return shapes.new(
        "invoiceitem",
        amount=signed,
        currency=price["currency"],
        customer=body["customer"],
        date=at,
        description=f"{said} {quantity}{lines.name(db, price)} after {day}",
        metadata=body["metadata"],
        parent={"subscription_details": details, "type": "subscription_details"},
        period={"start": at, "end": item["current_period_end"]},
        pricing=lines.pricing(price, unit_amount=str(signed)),
        proration=True,
        quantity=item["quantity"],
        quantity_decimal=str(item["quantity"]),
        test_clock=body["test_clock"],
    )


def _share(item: Body, amount: int, *, at: int) -> int:
    """The part of `amount` that pays for what is left of the period; half a unit is rounded up."""
    start, end = item["current_period_start"], item["current_period_end"]
    left = Fraction(min(max(end - at, 0), end - start), end - start)
    return int(amount * left + Fraction(1, 2))
