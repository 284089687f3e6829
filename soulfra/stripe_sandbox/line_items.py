"""What a Checkout Session sells: prices made on the spot, and what they add up to."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from soulfra.stripe_sandbox import currencies, documents, ids, shapes
from soulfra.stripe_sandbox.documents import Body, Document
from soulfra.stripe_sandbox.errors import StripeError, missing, no_such
from soulfra.stripe_sandbox.store import Database

_LARGEST_AMOUNT = 99_999_999
_FIRST_PAGE = 10


def build(db: Database, wanted: list[Body], *, now: int) -> list[Body]:
    """The `item` objects for what was asked for; raises for what Stripe would refuse."""
    items = [_item(db, line, where=f"line_items[{place}]", now=now) for place, line in enumerate(wanted)]
    if len({item["currency"] for item in items}) > 1:
        raise StripeError("All line items must have the same currency.", param="line_items")
    return items


def first_page(db: Database, session_id: str) -> Body:
    """The expanded `line_items` of a session."""
    session = documents.find(db, "checkout.session", session_id)
    items: list[Body] = session.private["line_items"] if session else []
    return {
        "object": "list",
        "data": items[:_FIRST_PAGE],
        "has_more": len(items) > _FIRST_PAGE,
        "url": f"/v1/checkout/sessions/{session_id}/line_items",
    }


def _item(db: Database, line: Body, *, where: str, now: int) -> Body:
    if ("price" in line) == ("price_data" in line):
        raise StripeError(f"You must specify either `price` or `price_data` in `{where}`, and not both.", param=where)
    if "price" in line:
        raise no_such("price", line["price"], param=f"{where}[price]", status=400)
    if "quantity" not in line:
        raise missing(f"{where}[quantity]")
    price, name = _price(db, line["price_data"], where=f"{where}[price_data]", now=now)
    amount = _total(price["unit_amount_decimal"], line["quantity"])
    if amount > _LARGEST_AMOUNT:
        raise StripeError(
            f"The amount must be no more than {currencies.shown(_LARGEST_AMOUNT, price['currency'])}.",
            code="amount_too_large",
            param=where,
        )
    return {
        "id": ids.new("item"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": name,
        "discounts": [],
        "metadata": line.get("metadata") or {},
        "price": price,
        "quantity": line["quantity"],
        "taxes": [],
    }


def _price(db: Database, data: Body, *, where: str, now: int) -> tuple[Body, str]:
    """An inactive price, as `price_data` makes one, and the name of what it sells."""
    currency = data["currency"].lower()
    if not currencies.is_known(currency):
        raise StripeError(f"Invalid currency: {data['currency']}.", param=f"{where}[currency]")
    if ("unit_amount" in data) == ("unit_amount_decimal" in data):
        raise StripeError(
            f"You must specify either `unit_amount` or `unit_amount_decimal` in `{where}`, and not both.", param=where
        )
    unit = data.get("unit_amount_decimal", str(data.get("unit_amount")))
    product = _product(db, data, where=where, now=now)
    price = shapes.new(
        "price",
        id=ids.new("price"),
        created=now,
        currency=currency,
        product=product.id,
        tax_behavior=data.get("tax_behavior", "unspecified"),
        unit_amount=int(Decimal(unit)) if Decimal(unit) == int(Decimal(unit)) else None,
        unit_amount_decimal=unit,
    )
    return price, product.body["name"]


def _product(db: Database, data: Body, *, where: str, now: int) -> Document:
    if ("product" in data) == ("product_data" in data):
        raise StripeError(
            f"You must specify either `product` or `product_data` in `{where}`, and not both.", param=where
        )
    if "product" in data:
        raise no_such("product", data["product"], param=f"{where}[product]", status=400)
    fields: dict[str, Any] = data["product_data"]
    body = shapes.new("product", id=ids.new("product"), created=now, updated=now, **fields)
    body["metadata"] = fields.get("metadata") or {}
    return documents.add(db, Document("product", body))


def _total(unit_amount: str, quantity: int) -> int:
    return int((Decimal(unit_amount) * quantity).quantize(Decimal(1), rounding=ROUND_HALF_UP))
