"""Invoice items: prorations and single charges that wait for the subscription's next invoice."""

from stripe_sandbox.billing import lines
from stripe_sandbox.objects import Body, Document, changes, documents
from stripe_sandbox.store import Database, clock


def add(db: Database, bodies: list[Body]) -> None:
    """Add invoice items with these bodies, for the next invoice."""
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
    """The subscription's invoice items that are on no invoice yet, in the order they were added."""
    found = documents.about(db, "invoiceitem", "parent.subscription_details.subscription", subscription_id)
    return [item for item in found if item.body["invoice"] is None]


def as_lines(db: Database, subscription_id: str) -> list[Body]:
    """The waiting invoice items as lines of an invoice."""
    return [lines.of_invoice_item(item.body) for item in waiting(db, subscription_id)]


def take(db: Database, invoice: Document, subscription_id: str) -> None:
    """Move the subscription's waiting invoice items to this invoice."""
    for item in waiting(db, subscription_id):
        item.body["invoice"] = invoice.id
        documents.save(db, item)
