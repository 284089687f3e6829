"""What a session costs: each line with its discount and its tax, and their sums."""

from stripe_sandbox.catalogue import taxes
from stripe_sandbox.objects import Body, Document, documents
from stripe_sandbox.store import Database


def work_out(db: Database, session: Document, *, percent_off: int) -> None:
    """Each line loses its share and bears its tax, so that the lines always add up to the total."""
    buyer, items = taxed_buyer(session), session.private["line_items"]
    for item in items:
        # Half a minor unit is rounded up, in the buyer's favour.
        discount = (item["amount_subtotal"] * percent_off + 50) // 100
        net = item["amount_subtotal"] - discount
        # What says nothing is taken for a price before tax, as in an account that has said nothing either.
        found = [taxes.on(db, buyer, net, behavior=item["price"]["tax_behavior"])] if buyer else []
        tax = sum(each["amount"] for each in found)
        added = sum(each["amount"] for each in found if not each["rate"]["inclusive"])
        item |= {"amount_discount": discount, "amount_tax": tax, "amount_total": net + added, "taxes": found}
    _sum_up(session, items)
    # An earlier attempt's PaymentIntent is over another amount; nothing is owed on it.
    session.body["payment_intent"] = None
    documents.save(db, session)


def _sum_up(session: Document, items: list[Body]) -> None:
    total, discount, tax = (
        sum(item[name] for item in items) for name in ("amount_total", "amount_discount", "amount_tax")
    )
    session.body |= {
        "amount_total": total,
        "payment_status": "unpaid" if total else "no_payment_required",
        "total_details": {**session.body["total_details"], "amount_discount": discount, "amount_tax": tax},
    }


def taxed_buyer(session: Document) -> taxes.Buyer | None:
    """Where the buyer is, as far as known; None where no tax is worked out."""
    details = session.body["customer_details"] or {}
    country = (details.get("address") or {}).get("country")
    if not (session.body["automatic_tax"]["enabled"] and country):
        return None
    return taxes.Buyer(country, has_tax_id=bool(details["tax_ids"]), exempt=details["tax_exempt"])
