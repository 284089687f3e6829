"""What each Stripe event does: one short function per kind, given the event's object as plain data."""

import logging
from typing import Any

from tokens import purchases
from tokens.payments.checkout import is_ours, purchase_of, settle
from tokens.payments.inbox import handles

log = logging.getLogger(__name__)


@handles(
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.expired",
)
def checkout_session_changed(session: dict[str, Any]) -> None:
    """The session itself says whether it was paid, is processing or expired."""
    if is_ours(session):
        settle(session)
    else:
        log.info("Checkout Session %s was not made by this shop; nothing to do", session["id"])


@handles("checkout.session.async_payment_failed")
def bank_payment_failed(session: dict[str, Any]) -> None:
    if is_ours(session):
        purchases.fail(purchase_of(session))
