"""Taxes on an invoice: those of a payment are its session's; those of a subscription are worked out each time."""

from stripe_sandbox.catalogue import taxes
from stripe_sandbox.objects import Body, Document, documents
from stripe_sandbox.store import Database


def on_lines(db: Database, subscription: Document, customer: Document, lines: list[Body]) -> list[Body]:
    """The lines of a subscription's invoice with the tax of where its customer is now, if it works out any."""
    buyer = _buyer(db, customer) if subscription.body["automatic_tax"]["enabled"] else None
    return [line | {"taxes": [_tax(db, buyer, line)]} for line in lines] if buyer else lines


def fields_of(db: Database, subscription: Document, customer: Document) -> Body:
    """What such an invoice says of its tax beside the amounts."""
    if not subscription.body["automatic_tax"]["enabled"]:
        return {}
    found = documents.about(db, "tax_id", "customer", customer.id)
    on = {"enabled": True, "liability": {"type": "self"}, "provider": "stripe", "status": "complete"}
    return {
        "automatic_tax": {"disabled_reason": None, **on},
        "customer_tax_ids": [{"type": each.body["type"], "value": each.body["value"]} for each in found],
    }


def summed(lines: list[Body]) -> list[Body]:
    """The taxes of all lines in one, as `total_taxes` has them; none where there are none."""
    found = [tax for line in lines for tax in line["taxes"]]
    sums = {name: sum(tax[name] for tax in found) for name in ("amount", "taxable_amount")}
    return [found[0] | sums] if found else []


def _buyer(db: Database, customer: Document) -> taxes.Buyer | None:
    country = (customer.body["address"] or {}).get("country")
    if not country:
        return None
    has_tax_id = bool(documents.about(db, "tax_id", "customer", customer.id))
    return taxes.Buyer(country, has_tax_id=has_tax_id, exempt=customer.body["tax_exempt"])


def _tax(db: Database, buyer: taxes.Buyer, line: Body) -> Body:
    net = line["amount"] - sum(each["amount"] for each in line["discount_amounts"])
    named = ((line["pricing"] or {}).get("price_details") or {}).get("price")
    price = documents.find(db, "price", named)
    behavior = price.body["tax_behavior"] if price else "unspecified"
    return taxes.as_invoiced(taxes.on(db, buyer, net, behavior=behavior))
