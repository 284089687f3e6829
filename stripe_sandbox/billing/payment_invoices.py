"""The invoice of a payment (`invoice_creation`): written once its money is there, and paid from the start."""

from stripe_sandbox.billing import invoices, lines
from stripe_sandbox.objects import Body, Document, changes, documents, shapes
from stripe_sandbox.store import Database, clock
from stripe_sandbox.webhooks import events

# Of `invoice_data`, what stands on the invoice as it was sent.
_SAID = ("custom_fields", "description", "footer")


def issue(db: Database, session: Document) -> None:
    """Make the invoice of a paid Checkout Session that asked for one, with its events; the session names it."""
    asked = session.body["invoice_creation"]
    if not (asked and asked["enabled"]):
        return
    invoice = _draft(db, session, asked["invoice_data"])
    intent = documents.find(db, "payment_intent", session.body["payment_intent"])
    invoices.finalize(db, invoice, uses_credit=False, intent=intent)
    invoice.body["attempt_count"] = int(intent is not None)
    invoices.pay(db, invoice, amount=session.body["amount_total"])
    session.body["invoice"] = invoice.id
    documents.save(db, session)


def _draft(db: Database, session: Document, data: Body) -> Document:
    now, buyer = clock.now(db), session.body["customer_details"] or {}
    customer = invoices.customer_of(db, session)
    items, discount = session.private["line_items"], _discount_id(session)
    sold = [_invoice_item(db, customer, item, now) for item in items]
    body = invoices.new(
        db,
        customer,
        [lines.of_sale(item, each.body, discount_id=discount) for item, each in zip(items, sold, strict=True)],
        automatic_tax={**shapes.new("invoice")["automatic_tax"], **session.body["automatic_tax"]},
        billing_reason="manual",
        currency=session.body["currency"],
        metadata=data["metadata"],
        period_start=now,
        period_end=now,
        test_clock=customer.body["test_clock"],
    )
    body |= {name: data[name] for name in _SAID if data[name]}
    body["auto_advance"] = False
    if buyer.get("address"):
        body["customer_address"] = buyer["address"]
    body["customer_name"] = buyer.get("name") or body["customer_name"]
    body["customer_tax_ids"] = buyer.get("tax_ids") or []
    if session.body["total_details"]["amount_discount"]:
        taken = {"amount": session.body["total_details"]["amount_discount"], "discount": discount}
        body["total_discount_amounts"] = [taken]
    invoice = documents.add(db, Document("invoice", body))
    for each in sold:
        each.body["invoice"] = invoice.id
        documents.save(db, each)
    events.record(db, "invoice.created", invoice)
    return invoice


def _invoice_item(db: Database, customer: Document, item: Body, now: int) -> Document:
    return changes.make(
        db,
        "invoiceitem",
        "invoiceitem.created",
        amount=item["amount_subtotal"],
        currency=item["currency"],
        customer=customer.id,
        date=now,
        description=item["description"],
        discountable=True,
        period={"start": now, "end": now},
        pricing=lines.pricing(item["price"]),
        quantity=item["quantity"],
        quantity_decimal=str(item["quantity"]),
        test_clock=customer.body["test_clock"],
    )


def _discount_id(session: Document) -> str:
    """What Stripe calls the use of a code; it is named in amounts, and not kept as an object here."""
    return "".join(each["promotion_code"].replace("promo_", "di_") for each in session.body["discounts"])
