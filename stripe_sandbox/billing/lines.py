"""The lines of an invoice: a period of a subscription item, or a proration that waited as an invoice item."""

from typing import Any

from stripe_sandbox.billing import periods
from stripe_sandbox.catalogue import currencies, taxes
from stripe_sandbox.checkout import line_items
from stripe_sandbox.objects import Body, Document, documents, shapes
from stripe_sandbox.store import Database


def of_item(db: Database, subscription: Document, item: Body) -> Body:
    """The invoice line of an item's current period, in full; amounts in the smallest unit."""
    price, quantity = item["price"], item["quantity"]
    each = currencies.shown(line_items.total(price, 1), price["currency"])
    every = periods.in_words(price["recurring"]).removeprefix("per ")
    return _line(
        amount=line_items.total(price, quantity),
        currency=price["currency"],
        description=f"{quantity} × {name(db, price)} (at {each} / {every})",
        metadata=subscription.body["metadata"],
        parent=_parent(subscription.id, item["id"]),
        period={"start": item["current_period_start"], "end": item["current_period_end"]},
        pricing=pricing(price),
        quantity=quantity,
        subscription=subscription.id,
    )


def of_invoice_item(waiting: Body) -> Body:
    """The invoice line of a proration, or of something charged once."""
    details = waiting["parent"]["subscription_details"]
    same = ("amount", "currency", "description", "metadata", "period", "pricing", "quantity")
    return _line(
        **{name: waiting[name] for name in same},
        discountable=not waiting["proration"],
        parent=_parent(details["subscription"], details.get("subscription_item"), invoice_item=waiting["id"]),
        subscription=details["subscription"],
    )


def of_sale(item: Body, waiting: Body, *, discount_id: str) -> Body:
    """The invoice line of what a payment bought, with its share of discounts and taxes; `waiting`: its invoice item."""
    same = ("amount", "currency", "description", "metadata", "period", "pricing", "quantity")
    discount = {"amount": item["amount_discount"], "discount": discount_id}
    return _line(
        **{name: waiting[name] for name in same},
        discount_amounts=[discount] if item["amount_discount"] else [],
        parent=_parent(None, None, invoice_item=waiting["id"]),
        taxes=[taxes.as_invoiced(tax) for tax in item["taxes"]],
    )


def pricing(price: Body, *, unit_amount: str | None = None) -> Body:
    """The `pricing` of an invoice line; `unit_amount` in the smallest unit."""
    return {
        "price_details": {"price": price["id"], "product": price["product"]},
        "type": "price_details",
        "unit_amount_decimal": unit_amount or price["unit_amount_decimal"],
    }


def name(db: Database, price: Body) -> str:
    """The name of the price's product."""
    product = documents.find(db, "product", price["product"])
    return str(product.body["name"]) if product else str(price["product"])


def _line(**fields: Any) -> Body:
    return shapes.new("line_item", subtotal=fields["amount"], quantity_decimal=str(fields["quantity"]), **fields)


def _parent(subscription_id: str | None, item_id: str | None, *, invoice_item: str | None = None) -> Body:
    """A subscription item with its period or, as an invoice item, its proration; without one, what is charged once."""
    details = {
        "invoice_item": invoice_item,
        "proration": bool(item_id and invoice_item),
        "proration_details": {"credited_items": None},
        "subscription": subscription_id,
        **({"subscription_item": item_id} if item_id else {}),
    }
    kind = "subscription_item_details" if item_id else "invoice_item_details"
    return {"invoice_item_details": None, "subscription_item_details": None, kind: details, "type": kind}
