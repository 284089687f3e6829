"""Products: what prices are for."""

from stripe_sandbox.catalogue import customers
from stripe_sandbox.errors import StripeError, no_such
from stripe_sandbox.objects import documents, ids, shapes, updates
from stripe_sandbox.objects.documents import Body, Document
from stripe_sandbox.store import clock
from stripe_sandbox.store.store import Database
from stripe_sandbox.webhooks import events
from stripe_sandbox.webhooks.events import Cause


def create(db: Database, fields: Body, *, cause: Cause) -> Document:
    """A new product with these fields, with its event; returns the document. Raises StripeError for a taken id."""
    product_id = fields.get("id") or ids.new("product")
    if documents.find(db, "product", product_id):
        raise StripeError(f"Product already exists: {product_id}.", code="resource_already_exists", param="id")
    product = build(db, {"active": True, **fields, "id": product_id})
    events.record(db, "product.created", product, cause=cause)
    return product


def build(db: Database, fields: Body) -> Document:
    """A product as `product_data` makes one: without an event, and inactive unless said otherwise."""
    now = clock.now(db)
    body = shapes.new("product", **{"id": ids.new("product"), "created": now, "updated": now, **fields})
    body["metadata"] = customers.merged_metadata({}, fields.get("metadata") or {})
    return documents.add(db, Document("product", body))


def update(db: Database, product: Document, fields: Body, *, cause: Cause) -> Document:
    """Change a product's fields, with its event; returns the document."""
    changed = {name: None if value == "" else value for name, value in fields.items()}
    if "metadata" in fields:
        changed["metadata"] = customers.merged_metadata(product.body["metadata"], fields["metadata"])
    if any(product.body[name] != value for name, value in changed.items()):
        changed["updated"] = clock.now(db)
        updates.apply(db, product, "product.updated", cause=cause, **changed)
    return product


def found(db: Database, product_id: str, *, param: str) -> Document:
    """The product with this id. Raises StripeError (404), naming `param`."""
    product = documents.find(db, "product", product_id)
    if product is None:
        raise no_such("product", product_id, param=param, status=400)
    return product
