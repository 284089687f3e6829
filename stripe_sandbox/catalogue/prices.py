"""Prices: what one of a product costs, once or every month. A lookup key belongs to one active price at a time."""

from decimal import Decimal

from stripe_sandbox.catalogue import currencies, products
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Body, Document, changes, documents
from stripe_sandbox.store import Database
from stripe_sandbox.webhooks import events

_ECHOED = ("lookup_key", "nickname", "tax_behavior")


def create(db: Database, fields: Body) -> Document:
    """A new price with these fields, with its event; returns the document.

    Raises StripeError for a taken lookup key.
    """
    _free_lookup_key(db, fields)
    price = build(db, {"active": True, **fields}, where="")
    events.record(db, "price.created", price)
    return price


def build(db: Database, fields: Body, *, where: str) -> Document:
    """A price as `price_data` makes one: without an event, and inactive unless said otherwise."""
    currency = fields["currency"].lower()
    if not currencies.is_known(currency):
        raise StripeError(f"Invalid currency: {fields['currency']}.", param=_inside(where, "currency"))
    unit = _unit_amount(fields, where=where)
    product = _product(db, fields, where=where)
    recurring = fields.get("recurring")
    return changes.make(
        db,
        "price",
        active=fields.get("active", False),
        currency=currency,
        metadata=fields.get("metadata"),
        product=product.id,
        recurring=_recurring(recurring, where=where) if recurring else None,
        type="recurring" if recurring else "one_time",
        unit_amount=int(Decimal(unit)) if Decimal(unit) == int(Decimal(unit)) else None,
        unit_amount_decimal=unit,
        **{name: fields[name] for name in _ECHOED if name in fields},
    )


def update(db: Database, price: Document, fields: Body) -> Document:
    """Change a price's fields, with its event; returns the document."""
    _free_lookup_key(db, fields, unless=price.id)
    changed = {name: value for name, value in fields.items() if name != "transfer_lookup_key"}
    return changes.update(db, price, "price.updated", **changed)


def sold(db: Database, price_id: str, *, param: str) -> Document:
    """A price that can be sold now: it and its product are active."""
    price = documents.require(db, "price", price_id, param=param)
    if not price.body["active"]:
        raise StripeError(
            "The price specified is inactive. This field only accepts active prices.",
            code="price_inactive",
            param=param,
        )
    product = documents.require(db, "product", price.body["product"], param=param)
    if not product.body["active"]:
        raise StripeError(
            f"Price {price_id} belongs to the product {product.id}, which is inactive.",
            code="product_inactive",
            param=param,
        )
    return price


def _unit_amount(fields: Body, *, where: str) -> str:
    if ("unit_amount" in fields) == ("unit_amount_decimal" in fields):
        raise StripeError(
            f"You must specify either `unit_amount` or `unit_amount_decimal`{f' in `{where}`' if where else ''}, and "
            "not both.",
            param=where or "unit_amount",
        )
    return str(fields.get("unit_amount_decimal", str(fields.get("unit_amount"))))


def _product(db: Database, fields: Body, *, where: str) -> Document:
    if ("product" in fields) == ("product_data" in fields):
        raise StripeError(
            f"You must specify either `product` or `product_data`{f' in `{where}`' if where else ''}, and not both.",
            param=where or "product",
        )
    if "product" in fields:
        return documents.require(db, "product", fields["product"], param=_inside(where, "product"))
    # What comes with a price of the catalogue is in the catalogue too.
    return products.build(db, {"active": fields.get("active", False), **fields["product_data"]})


def _recurring(recurring: Body, *, where: str) -> Body:
    count = recurring.get("interval_count", 1)
    longest = {"day": 1095, "week": 156, "month": 36, "year": 3}[recurring["interval"]]
    if count > longest:
        raise StripeError(
            "You cannot specify an interval longer than three years.", param=_inside(where, "recurring[interval_count]")
        )
    return {
        "interval": recurring["interval"],
        "interval_count": count,
        "meter": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def _free_lookup_key(db: Database, fields: Body, *, unless: str = "") -> None:
    """Refuse a key that another price has, or take it from that one if asked to."""
    holders = documents.about(db, "price", "lookup_key", fields["lookup_key"]) if fields.get("lookup_key") else []
    for holder in holders:
        if holder.id == unless:
            continue
        if not fields.get("transfer_lookup_key"):
            raise StripeError(
                f"A price (`{holder.id}`) already uses that lookup key.",
                code="resource_already_exists",
                param="lookup_key",
            )
        changes.update(db, holder, "price.updated", lookup_key=None)


def _inside(where: str, name: str) -> str:
    return f"{where}[{name}]" if where else name
