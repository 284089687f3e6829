"""Customers: who pays."""

from typing import Any

from stripe_sandbox.objects import documents, ids, shapes, updates
from stripe_sandbox.objects.documents import Body, Document
from stripe_sandbox.store import clock
from stripe_sandbox.store.store import Database
from stripe_sandbox.webhooks import events
from stripe_sandbox.webhooks.events import Cause


def create(db: Database, fields: Body, *, cause: Cause) -> Document:
    """A new customer with these fields, with its event; returns the document."""
    body = shapes.new(
        "customer", id=ids.new("customer"), created=clock.now(db), invoice_prefix=ids.random_text(8).upper()
    )
    body |= _as_stored(body, fields)
    customer = documents.add(db, Document("customer", body))
    events.record(db, "customer.created", customer, cause=cause)
    return customer


def update(db: Database, customer: Document, fields: Body, *, cause: Cause) -> Document:
    """Change a customer's fields, with its event; returns the document."""
    updates.apply(db, customer, "customer.updated", cause=cause, **_as_stored(customer.body, fields))
    return customer


def merged_metadata(metadata: dict[str, str], changes: dict[str, str] | None) -> dict[str, str]:
    """The metadata after `changes`: None clears everything, an empty value removes its key."""
    if changes is None:
        return {}
    return {key: value for key, value in {**metadata, **changes}.items() if value != ""}


def _as_stored(body: Body, fields: Body) -> Body:
    return {name: _stored(body.get(name), name, value) for name, value in fields.items()}


def _stored(current: Any, name: str, value: Any) -> Any:
    if name == "metadata":
        return merged_metadata(current, value)
    if name == "address" and value is not None:
        return shapes.ADDRESS | value
    if name == "shipping" and value is not None:
        return {"phone": None, **value, "address": shapes.ADDRESS | value["address"]}
    if name == "invoice_settings":
        return current | {key: text or None for key, text in value.items()}
    return None if value == "" else value
