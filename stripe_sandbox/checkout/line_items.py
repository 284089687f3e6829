"""What a Checkout Session sells: prices of the catalogue or made on the spot, and what they add up to."""

from decimal import ROUND_HALF_UP, Decimal

from stripe_sandbox.catalogue import currencies, prices
from stripe_sandbox.errors import StripeError, missing
from stripe_sandbox.objects import Body, Document, documents, shapes
from stripe_sandbox.store import Database

_LARGEST_AMOUNT = 99_999_999


def build(db: Database, wanted: list[Body]) -> list[Body]:
    """The `item` objects for what was asked for; raises for what Stripe would refuse."""
    items = [_item(db, line, where=f"line_items[{place}]") for place, line in enumerate(wanted)]
    if len({item["currency"] for item in items}) > 1:
        raise StripeError("All line items must have the same currency.", param="line_items")
    return items


def of_session(db: Database, session_id: str) -> Body:
    """The expanded `line_items` of a session."""
    session = documents.require(db, "checkout.session", session_id)
    return documents.listing(session.private["line_items"], f"/v1/checkout/sessions/{session_id}/line_items")


def _item(db: Database, line: Body, *, where: str) -> Body:
    if ("price" in line) == ("price_data" in line):
        raise StripeError(f"You must specify either `price` or `price_data` in `{where}`, and not both.", param=where)
    if "quantity" not in line:
        raise missing(f"{where}[quantity]")
    price = _price(db, line, where=where).body
    name = documents.require(db, "product", price["product"], param=where).body["name"]
    amount = total(price, line["quantity"])
    if amount > _LARGEST_AMOUNT:
        raise StripeError(
            f"The amount must be no more than {currencies.shown(_LARGEST_AMOUNT, price['currency'])}.",
            code="amount_too_large",
            param=where,
        )
    return shapes.new(
        "item",
        amount_subtotal=amount,
        amount_total=amount,
        currency=price["currency"],
        description=name,
        metadata=line.get("metadata") or {},
        price=price,
        quantity=line["quantity"],
    )


def _price(db: Database, line: Body, *, where: str) -> Document:
    if "price" in line:
        return prices.sold(db, line["price"], param=f"{where}[price]")
    return prices.build(db, line["price_data"], where=f"{where}[price_data]")


def total(price: Body, quantity: int) -> int:
    """What so many cost, in minor units; half a unit is rounded up."""
    return int((Decimal(price["unit_amount_decimal"]) * quantity).quantize(Decimal(1), rounding=ROUND_HALF_UP))
