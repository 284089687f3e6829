"""Invoice items: prorations and single charges that wait for the subscription's next invoice."""

from stripe_sandbox.billing import lines
from stripe_sandbox.objects import Body, Document, changes, documents
from stripe_sandbox.store import Database, clock


def add(db: Database, bodies: list[Body]) -> None:
    for body in bodies:
        changes.make(db, "invoiceitem", "invoiceitem.created", **body)


def charge(db: Database, subscription: Document, *, amount: int, description: str | None) -> Body:
    """Something to be charged once, beside what the subscription costs; gives the invoice item."""
    now, body = clock.now(db), subscription.body
    charged = changes.make(
        db,
        "invoiceitem",
        "invoiceitem.created",
        amount=amount,
        currency=body["currency"],
        customer=body["customer"],
        date=now,
        description=description,
        parent={"subscription_details": {"subscription": subscription.id}, "type": "subscription_details"},
        period={"start": now, "end": now},
        quantity=1,
        quantity_decimal="1",
        test_clock=body["test_clock"],
    )
    return charged.body


def waiting(db: Database, subscription_id: str) -> list[Document]:
    found = documents.about(db, "invoiceitem", "parent.subscription_details.subscription", subscription_id)
    return [item for item in found if item.body["invoice"] is None]


def as_lines(db: Database, subscription_id: str) -> list[Body]:
    return [lines.of_invoice_item(item.body) for item in waiting(db, subscription_id)]


def take(db: Database, invoice: Document, subscription_id: str) -> None:
    """What waited is on this invoice now."""
    for item in waiting(db, subscription_id):
        item.body["invoice"] = invoice.id
        documents.save(db, item)
