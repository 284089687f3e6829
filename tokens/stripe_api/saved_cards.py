"""Cards that are kept at Stripe and charged later, through the gateway's client; answers are plain data.

Like everything at the gateway: never called while a database transaction is open, and raising only named errors
(StripeFailed and its kinds).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tokens.stripe_api.gateway import create_checkout_session, listed, plain

Data = dict[str, Any]
SETUP = ["setup_intent.payment_method"]


def open_setup_page(
    customer: str, *, metadata: dict[str, str], success_url: str, cancel_url: str, idempotency_key: str
) -> Data:
    """A Checkout Session that saves a card and takes no money."""
    params = {
        "mode": "setup",
        "payment_method_types": ["card"],  # a consent names a card, and says how it is charged
        "customer": customer,
        "metadata": metadata,
        "setup_intent_data": {"metadata": metadata},
        "success_url": success_url,
        "cancel_url": cancel_url,
    }
    return create_checkout_session(params, idempotency_key=idempotency_key)


def retrieve_setup_page(session_id: str) -> Data:
    """A Checkout Session in setup mode, with the card that it saved."""
    return plain(lambda v1: v1.checkout.sessions.retrieve(session_id, params={"expand": SETUP}))


def retrieve_card(payment_method: str) -> Data:
    """A saved payment method as it is now."""
    return plain(lambda v1: v1.payment_methods.retrieve(payment_method))


def detach(payment_method: str) -> None:
    """Have Stripe forget a card: it can't be charged again."""
    plain(lambda v1: v1.payment_methods.detach(payment_method))


def create_payment(
    *,
    customer: str,
    amount_cents: int,
    currency: str,
    description: str,
    metadata: dict[str, str],
    idempotency_key: str,
) -> Data:
    """A PaymentIntent for cards, which charges nothing yet."""
    params: Any = {
        "customer": customer,
        "amount": amount_cents,
        "currency": currency,
        "description": description,
        "metadata": metadata,
        "payment_method_types": ["card"],
    }
    return plain(lambda v1: v1.payment_intents.create(params=params, options={"idempotency_key": idempotency_key}))


def charge_off_session(payment_intent: str, *, payment_method: str, idempotency_key: str) -> Data:
    """Charge a card while its owner is away. Raises CardDeclined."""
    params: Any = {"payment_method": payment_method, "off_session": True}
    options: Any = {"idempotency_key": idempotency_key}
    return plain(lambda v1: v1.payment_intents.confirm(payment_intent, params=params, options=options))


def charge_on_session(payment_intent: str, *, payment_method: str, return_url: str) -> Data:
    """Charge a card while its owner is there: its bank may ask first, on the page that `next_action` names.

    Raises CardDeclined.
    """
    params: Any = {"payment_method": payment_method, "return_url": return_url}
    return plain(lambda v1: v1.payment_intents.confirm(payment_intent, params=params))


def retrieve_payment(payment_intent: str) -> Data:
    """A PaymentIntent as it is now. Raises NoSuchObject."""
    return plain(lambda v1: v1.payment_intents.retrieve(payment_intent))


def cancel_payment(payment_intent: str) -> Data:
    """Never charge with it."""
    return plain(lambda v1: v1.payment_intents.cancel(payment_intent))


def payments_since(since: datetime) -> Iterator[Data]:
    """Every PaymentIntent made since then, newest first."""
    return listed("payment_intents", since, {})
