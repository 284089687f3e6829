"""Stripe's subscriptions, invoices, prices and portal, through the gateway's client; answers are plain data.

Like everything at the gateway: never called while a database transaction is open, and raising only named errors
(StripeFailed and its kinds).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from tokens.stripe_api.gateway import all_plain, listed, plain

Data = dict[str, Any]
SUBSCRIPTION = ["latest_invoice", "schedule"]
UNPAID = ("past_due", "unpaid")
INVOICE = ["payments.data.payment.payment_intent"]


def find_price(lookup_key: str) -> Data | None:
    """The active price with this lookup key."""
    params: Any = {"lookup_keys": [lookup_key], "active": True, "limit": 1}
    return _first(lambda v1: v1.prices.list(params=params))


def create_price(*, lookup_key: str, amount_cents: int, currency: str, product_name: str) -> Data:
    """A monthly price and its product. A duplicate call on the same day gets the same one; an archived one is left."""
    params: Any = {
        "currency": currency,
        "unit_amount": amount_cents,
        "recurring": {"interval": "month"},
        "tax_behavior": "exclusive",  # where the shop charges tax, it comes on top, as it does on packs
        "lookup_key": lookup_key,
        "transfer_lookup_key": True,
        "product_data": {"name": product_name},
    }
    options: Any = {"idempotency_key": f"price:{lookup_key}:{datetime.now(UTC):%Y-%m-%d}"}
    return plain(lambda v1: v1.prices.create(params=params, options=options))


def retrieve_subscription(subscription_id: str) -> Data:
    """As it is now, with its schedule in whole, and its latest invoice: while it is unpaid, the latest to be paid."""
    found = plain(lambda v1: v1.subscriptions.retrieve(subscription_id, params={"expand": SUBSCRIPTION}))
    data = _with_all_items(found)
    if data["status"] in UNPAID and (data["latest_invoice"] or {}).get("status") != "open":
        data["latest_invoice"] = _open_invoice(subscription_id) or data["latest_invoice"]
    return data


def _open_invoice(subscription_id: str) -> Data | None:
    """Once Stripe has given up on one, the invoices after it are drafts."""
    params: Any = {"subscription": subscription_id, "status": "open", "limit": 1}
    return _first(lambda v1: v1.invoices.list(params=params))


def list_subscriptions(customer_id: str) -> list[Data]:
    """Every subscription of a customer, ended ones too, newest first."""
    params: Any = {"customer": customer_id, "status": "all", "limit": 100}
    params["expand"] = [f"data.{name}" for name in SUBSCRIPTION]
    return list(map(_with_all_items, all_plain(lambda v1: v1.subscriptions.list(params=params))))


def _with_all_items(subscription: Data) -> Data:
    """Stripe puts the first ones into the object, and the others into a list of their own."""
    if subscription["items"]["has_more"]:
        params: Any = {"subscription": subscription["id"], "limit": 100}
        every = all_plain(lambda v1: v1.subscription_items.list(params=params))
        subscription["items"] |= {"data": every, "has_more": False}
    return subscription


def subscriptions_since(since: datetime) -> Iterator[Data]:
    """Every subscription made since then, ended ones too, newest first."""
    return map(_with_all_items, listed("subscriptions", since, {"status": "all", "expand": ["data.schedule"]}))


def invoices_since(since: datetime) -> Iterator[Data]:
    """Every paid invoice made since then, newest first, as plain data. Raises StripeFailed."""
    return listed("invoices", since, {"status": "paid"})


def update_subscription(subscription_id: str, params: Any) -> Data:
    """Change a subscription at Stripe; returns it as plain data. Raises StripeFailed."""
    return plain(lambda v1: v1.subscriptions.update(subscription_id, params={**params, "expand": SUBSCRIPTION}))


def remove_item(subscription_id: str, item_id: str) -> None:
    """Remove one item from a subscription, from now on; nothing is refunded automatically."""
    update_subscription(subscription_id, {"items": [{"id": item_id, "deleted": True}], "proration_behavior": "none"})


def cancel_subscription(subscription_id: str) -> Data:
    """End it now; nothing is refunded by itself."""
    return plain(lambda v1: v1.subscriptions.cancel(subscription_id, params={"expand": SUBSCRIPTION}))


def retrieve_invoice(invoice_id: str) -> Data:
    """With its payments and all its lines."""
    return with_all_lines(plain(lambda v1: v1.invoices.retrieve(invoice_id, params={"expand": INVOICE})))


def with_all_lines(invoice: Data) -> Data:
    """Stripe puts the first ones into the object, and the others into a list of their own."""
    if invoice["lines"]["has_more"]:
        every = all_plain(lambda v1: v1.invoices.line_items.list(invoice["id"], params={"limit": 100}))
        invoice["lines"] |= {"data": every, "has_more": False}
    return invoice


def list_invoices(subscription_id: str) -> list[Data]:
    """Every invoice of a subscription with its payments and all its lines, newest first."""
    params: Any = {"subscription": subscription_id, "limit": 100, "expand": [f"data.{name}" for name in INVOICE]}
    return list(map(with_all_lines, all_plain(lambda v1: v1.invoices.list(params=params))))


def list_credit_notes(invoice_id: str) -> list[Data]:
    """Every credit note of an invoice, newest first. Raises StripeFailed."""
    return all_plain(lambda v1: v1.credit_notes.list(params={"invoice": invoice_id, "limit": 100}))


def retrieve_credit_note(note_id: str) -> Data:
    """A credit note as it is now, with the present address of its PDF. Raises StripeFailed."""
    return plain(lambda v1: v1.credit_notes.retrieve(note_id))


def create_credit_note(
    *, invoice: str, refund: str, amount_cents: int, metadata: dict[str, str], idempotency_key: str
) -> Data:
    """A credit note of a paid invoice for a refund that exists, tax included. Raises StripeFailed."""
    linked = [{"refund": refund, "amount_refunded": amount_cents}]
    params: Any = {"invoice": invoice, "amount": amount_cents, "refunds": linked, "metadata": metadata}
    return plain(lambda v1: v1.credit_notes.create(params=params, options={"idempotency_key": idempotency_key}))


def invoice_of_payment_intent(payment_intent: str) -> str | None:
    """The id of the invoice that a PaymentIntent pays; None for any other. Raises StripeFailed."""
    params: Any = {"payment": {"type": "payment_intent", "payment_intent": payment_intent}, "limit": 1}
    paid = _first(lambda v1: v1.invoice_payments.list(params=params))
    return paid["invoice"] if paid else None


def preview_change(subscription_id: str, item_id: str, *, price_id: str) -> Data:
    """The invoice that giving an item another price now would make; nothing changes."""
    details: Any = {"items": [{"id": item_id, "price": price_id}], "proration_behavior": "always_invoice"}
    params: Any = {"subscription": subscription_id, "subscription_details": details}
    return plain(lambda v1: v1.invoices.create_preview(params=params))


def expire_checkout_session(session_id: str) -> None:
    """Close a hosted page that nobody should pay any more."""
    plain(lambda v1: v1.checkout.sessions.expire(session_id))


def create_portal_session(customer_id: str, *, return_url: str) -> str:
    """The address of a customer's Billing Portal, good for a short while."""
    params: Any = {"customer": customer_id, "return_url": return_url}
    return str(plain(lambda v1: v1.billing_portal.sessions.create(params=params))["url"])


def _first(call: Callable[[Any], Any]) -> Data | None:
    """The first of what a call lists, whose limit is 1."""
    found = plain(call)["data"]
    return found[0] if found else None
