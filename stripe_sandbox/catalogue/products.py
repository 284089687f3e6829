"""Products: what prices are for."""

from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Body, Document, changes, documents
from stripe_sandbox.store import Database, clock
from stripe_sandbox.webhooks import events


def create(db: Database, fields: Body) -> Document:
    """A new product with these fields, with its event; returns the document. Raises StripeError for a taken id."""
    if documents.find(db, "product", fields.get("id")):
        raise StripeError(f"Product already exists: {fields['id']}.", code="resource_already_exists", param="id")
    product = build(db, {"active": True, **fields})
    events.record(db, "product.created", product)
    return product


def build(db: Database, fields: Body) -> Document:
    """A product as `product_data` makes one: without an event, and inactive unless said otherwise."""
    return changes.make(db, "product", **{"updated": clock.now(db), **fields})


def update(db: Database, product: Document, fields: Body) -> Document:
    """Change a product's fields, with its event; returns the document."""
    changed = {name: None if value == "" else value for name, value in fields.items()}
    if "metadata" in fields:
        changed["metadata"] = changes.merged_metadata(product.body["metadata"], fields["metadata"])
    if any(product.body[name] != value for name, value in changed.items()):
        changed["updated"] = clock.now(db)
        changes.update(db, product, "product.updated", **changed)
    return product
