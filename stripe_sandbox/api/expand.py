"""`expand`: ids in an answer replaced by the objects they name, at most four levels deep."""

from collections.abc import Iterable
from typing import Any

from stripe_sandbox import documents, line_items, refunds
from stripe_sandbox.billing import invoice_payments
from stripe_sandbox.documents import Body
from stripe_sandbox.errors import StripeError
from stripe_sandbox.store import Database

# Which fields of an object hold the id of another, and of which kind.
_REFERENCES: dict[str, dict[str, str]] = {
    "charge": {"customer": "customer", "payment_intent": "payment_intent"},
    "billing_portal.session": {"configuration": "billing_portal.configuration"},
    "checkout.session": {
        "customer": "customer",
        "invoice": "invoice",
        "payment_intent": "payment_intent",
        "subscription": "subscription",
    },
    "customer": {"test_clock": "test_helpers.test_clock"},
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
    "invoice": {
        "customer": "customer",
        "default_payment_method": "payment_method",
        "test_clock": "test_helpers.test_clock",
    },
    "invoice_payment": {"invoice": "invoice"},
    "payment_intent": {"customer": "customer", "latest_charge": "charge", "payment_method": "payment_method"},
    "payment_method": {"customer": "customer"},
    "price": {"product": "product"},
    "product": {"default_price": "price"},
    "radar.early_fraud_warning": {"charge": "charge", "payment_intent": "payment_intent"},
    "refund": {
        "balance_transaction": "balance_transaction",
        "charge": "charge",
        "customer": "customer",
        "failure_balance_transaction": "balance_transaction",
        "payment_intent": "payment_intent",
        "payment_method": "payment_method",
    },
    "subscription": {
        "customer": "customer",
        "default_payment_method": "payment_method",
        "latest_invoice": "invoice",
        "schedule": "subscription_schedule",
        "test_clock": "test_helpers.test_clock",
    },
    "subscription_schedule": {"customer": "customer", "subscription": "subscription"},
}
# Parts of objects, which have no type of their own: `invoice.parent.subscription_details.subscription`,
# `customer.invoice_settings.default_payment_method`, `invoice_payment.payment.payment_intent`, ...
_PARTS = {
    "default_payment_method": "payment_method",
    "payment_intent": "payment_intent",
    "price": "price",
    "subscription": "subscription",
}
_DEEPEST = 4


def expanded(db: Database, body: Body, paths: Iterable[str]) -> Body:
    """Change `body` in place and give it back; it must be a fresh copy."""
    for path in paths:
        parts = path.split(".")
        if len(parts) > _DEEPEST + (parts[0] == "data"):
            raise StripeError(f"You cannot expand more than {_DEEPEST} levels of a property ({path}).", param="expand")
        _expand(db, body, parts, path)
    return body


def _expand(db: Database, body: Any, parts: list[str], path: str) -> None:
    if not parts or body is None:
        return
    name, rest = parts[0], parts[1:]
    if body.get("object") == "list" and name == "data":
        for member in body["data"]:
            _expand(db, member, rest, path)
    elif (kind := _kind(body, name)) is not None:
        _replace(db, body, name, kind)
        _expand(db, body[name], rest, path)
    elif body.get("object") == "checkout.session" and name == "line_items":
        body.setdefault("line_items", line_items.first_page(db, body["id"]))
        _expand(db, body["line_items"], rest, path)
    elif body.get("object") == "charge" and name == "refunds":
        body.setdefault("refunds", refunds.of_charge(db, body["id"]))
        _expand(db, body["refunds"], rest, path)
    elif body.get("object") == "invoice" and name == "payments":
        body.setdefault("payments", invoice_payments.listing(db, body["id"]))
        _expand(db, body["payments"], rest, path)
    elif isinstance(body.get(name), dict) and rest:
        _expand(db, body[name], rest, path)
    else:
        raise StripeError(f"This property cannot be expanded ({path}).", param="expand")


def _kind(body: Body, name: str) -> str | None:
    """What the field's id names, if it holds one."""
    if "object" in body:
        return _REFERENCES.get(body["object"], {}).get(name)
    return _PARTS.get(name) if name in body else None


def _replace(db: Database, body: Body, name: str, kind: str) -> None:
    if isinstance(body[name], str):
        found = documents.find(db, kind, body[name])
        body[name] = found.body if found else body[name]
