"""Invoice items: prorations and single charges that wait for the subscription's next invoice."""

from stripe_sandbox.billing import lines
from stripe_sandbox.objects import documents, ids, shapes
from stripe_sandbox.objects.documents import Body, Document
from stripe_sandbox.store import clock
from stripe_sandbox.store.store import Database
from stripe_sandbox.webhooks import events
from stripe_sandbox.webhooks.events import Cause


def add(db: Database, bodies: list[Body], *, cause: Cause) -> None:
    """Add invoice items with these bodies, for the next invoice."""
    for body in bodies:
        item = documents.add(db, Document("invoiceitem", body))
        events.record(db, "invoiceitem.created", item, cause=cause)


def charge(db: Database, subscription: Document, *, amount: int, description: str | None, cause: Cause) -> Body:
    """Something to be charged once, beside what the subscription costs; gives the invoice item."""
    now, body = clock.now(db), subscription.body
    charged = shapes.new(
        "invoiceitem",
        id=ids.new("invoiceitem"),
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
    add(db, [charged], cause=cause)
    return charged


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
