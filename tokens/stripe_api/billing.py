"""Stripe's subscriptions, invoices, prices and portal, through the gateway's client; answers are plain data.

Like everything at the gateway: never called while a database transaction is open, and raising only named errors
(StripeFailed and its kinds).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tokens.stripe_api.gateway import client, listed, plain_errors

Data = dict[str, Any]
SUBSCRIPTION = ["latest_invoice", "schedule"]
UNPAID = ("past_due", "unpaid")
INVOICE = ["payments.data.payment.payment_intent"]


def find_price(lookup_key: str) -> Data | None:
    """The active price with this lookup key, as plain data; None without one. Raises StripeFailed."""
    with plain_errors():
        found = client().v1.prices.list(params={"lookup_keys": [lookup_key], "active": True, "limit": 1})
        return found.data[0].to_dict(for_json=True) if found.data else None


def create_price(*, lookup_key: str, amount_cents: int, currency: str, product_name: str) -> Data:
    """A monthly price and its product. A duplicate call on the same day gets the same one; an archived one is left."""
    params: Any = {
        "currency": currency,
        "unit_amount": amount_cents,
        "recurring": {"interval": "month"},
        "lookup_key": lookup_key,
        "transfer_lookup_key": True,
        "product_data": {"name": product_name},
    }
    with plain_errors():
        price = client().v1.prices.create(
            params=params, options={"idempotency_key": f"price:{lookup_key}:{datetime.now(UTC):%Y-%m-%d}"}
        )
        return price.to_dict(for_json=True)


def retrieve_subscription(subscription_id: str) -> Data:
    """As it is now, with its schedule in whole, and its latest invoice: while it is unpaid, the latest to be paid."""
    with plain_errors():
        found = client().v1.subscriptions.retrieve(subscription_id, params={"expand": SUBSCRIPTION})
        data = _with_all_items(found.to_dict(for_json=True))
    if data["status"] in UNPAID and (data["latest_invoice"] or {}).get("status") != "open":
        data["latest_invoice"] = _open_invoice(subscription_id) or data["latest_invoice"]
    return data


def _open_invoice(subscription_id: str) -> Data | None:
    """Once Stripe has given up on one, the invoices after it are drafts."""
    with plain_errors():
        found = client().v1.invoices.list(params={"subscription": subscription_id, "status": "open", "limit": 1}).data
        return found[0].to_dict(for_json=True) if found else None


def list_subscriptions(customer_id: str) -> list[Data]:
    """Every subscription of a customer, ended ones too, newest first."""
    params: Any = {"customer": customer_id, "status": "all", "limit": 100}
    with plain_errors():
        found = client().v1.subscriptions.list(params={**params, "expand": [f"data.{name}" for name in SUBSCRIPTION]})
        return [_with_all_items(subscription.to_dict(for_json=True)) for subscription in found.auto_paging_iter()]


def _with_all_items(subscription: Data) -> Data:
    """Stripe puts the first ones into the object, and the others into a list of their own."""
    if subscription["items"]["has_more"]:
        with plain_errors():
            found = client().v1.subscription_items.list(params={"subscription": subscription["id"], "limit": 100})
            every = [item.to_dict(for_json=True) for item in found.auto_paging_iter()]
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
    with plain_errors():
        changed = client().v1.subscriptions.update(subscription_id, params={**params, "expand": SUBSCRIPTION})
        return changed.to_dict(for_json=True)


def remove_item(subscription_id: str, item_id: str) -> None:
    """Remove one item from a subscription, from now on; nothing is refunded automatically."""
    update_subscription(subscription_id, {"items": [{"id": item_id, "deleted": True}], "proration_behavior": "none"})


def cancel_subscription(subscription_id: str) -> Data:
    """End a subscription now; nothing is refunded automatically. Returns it as plain data. Raises StripeFailed."""
    with plain_errors():
        ended = client().v1.subscriptions.cancel(subscription_id, params={"expand": SUBSCRIPTION})
        return ended.to_dict(for_json=True)


def retrieve_invoice(invoice_id: str) -> Data:
    """An invoice as plain data, with its payments and all its lines. Raises StripeFailed."""
    with plain_errors():
        found = client().v1.invoices.retrieve(invoice_id, params={"expand": INVOICE})
        return with_all_lines(found.to_dict(for_json=True))


def with_all_lines(invoice: Data) -> Data:
    """Stripe puts the first ones into the object, and the others into a list of their own."""
    if invoice["lines"]["has_more"]:
        with plain_errors():
            found = client().v1.invoices.line_items.list(invoice["id"], params={"limit": 100})
            every = [line.to_dict(for_json=True) for line in found.auto_paging_iter()]
            invoice["lines"] |= {"data": every, "has_more": False}
    return invoice


def list_invoices(subscription_id: str) -> list[Data]:
    """Every invoice of a subscription with its payments and all its lines, newest first."""
    params: Any = {"subscription": subscription_id, "limit": 100, "expand": [f"data.{name}" for name in INVOICE]}
    with plain_errors():
        found = client().v1.invoices.list(params=params)
        return [with_all_lines(invoice.to_dict(for_json=True)) for invoice in found.auto_paging_iter()]


def invoice_of_payment_intent(payment_intent: str) -> str | None:
    """The id of the invoice that a PaymentIntent pays; None for any other. Raises StripeFailed."""
    params: Any = {"payment": {"type": "payment_intent", "payment_intent": payment_intent}, "limit": 1}
    with plain_errors():
        found = client().v1.invoice_payments.list(params=params).data
        return found[0].to_dict(for_json=True)["invoice"] if found else None


def preview_change(subscription_id: str, item_id: str, *, price_id: str) -> Data:
    """The invoice that giving an item another price now would make; nothing changes."""
    details: Any = {"items": [{"id": item_id, "price": price_id}], "proration_behavior": "always_invoice"}
    params: Any = {"subscription": subscription_id, "subscription_details": details}
    with plain_errors():
        return client().v1.invoices.create_preview(params=params).to_dict(for_json=True)


def expire_checkout_session(session_id: str) -> None:
    """Close a hosted page that nobody should pay any more."""
    with plain_errors():
        client().v1.checkout.sessions.expire(session_id)


def create_portal_session(customer_id: str, *, return_url: str) -> str:
    """The address of a customer's Billing Portal, good for a short while."""
    with plain_errors():
        params: Any = {"customer": customer_id, "return_url": return_url}
        return client().v1.billing_portal.sessions.create(params=params).url
