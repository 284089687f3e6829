"""Invoice items: prorations that wait for the subscription's next invoice."""

from stripe_sandbox import documents, events
from stripe_sandbox.billing import lines
from stripe_sandbox.documents import Body, Document
from stripe_sandbox.events import Cause
from stripe_sandbox.store import Database


def add(db: Database, bodies: list[Body], *, cause: Cause) -> None:
    for body in bodies:
        item = documents.add(db, Document("invoiceitem", body))
        events.record(db, "invoiceitem.created", item, cause=cause)


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
