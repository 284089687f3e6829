"""Customers: who pays."""

from typing import Any

from stripe_sandbox.objects import Body, Document, changes, ids, shapes
from stripe_sandbox.store import Database


def create(db: Database, fields: Body) -> Document:
    """A new customer with these fields, with its event; returns the document."""
    fresh = shapes.new("customer", invoice_prefix=ids.random_text(8).upper())
    return changes.make(db, "customer", "customer.created", **fresh | _as_stored(fresh, fields))


def update(db: Database, customer: Document, fields: Body) -> Document:
    """Change a customer's fields, with its event; returns the document."""
    return changes.update(db, customer, "customer.updated", **_as_stored(customer.body, fields))


def _as_stored(body: Body, fields: Body) -> Body:
    return {name: _stored(body.get(name), name, value) for name, value in fields.items()}


def _stored(current: Any, name: str, value: Any) -> Any:
    if name == "address" and value is not None:
        return shapes.ADDRESS | value
    if name == "shipping" and value is not None:
        return {"phone": None, **value, "address": shapes.ADDRESS | value["address"]}
    if name == "invoice_settings":
        return current | {key: text or None for key, text in value.items()}
    return None if value == "" else value
