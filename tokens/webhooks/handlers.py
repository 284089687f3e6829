"""What each Stripe event does: one short function per kind, given the event's object as plain data.

Handlers run inside the event's transaction; what they need from Stripe is fetched before it opens.
"""

from typing import Any

from tokens.errors import NotOurs
from tokens.purchases import disputes, lifecycle, papers, refunds
from tokens.purchases.checkout import purchase_of, require_ours, settle_session
from tokens.stripe_api import lookups
from tokens.stripe_api.saved_cards import SavedCard
from tokens.top_up import cards, settling
from tokens.webhooks.inbox import handles


@handles(
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.expired",
)
def checkout_session_changed(session: dict[str, Any]) -> None:
    """The session itself says whether it was paid, is processing or expired."""
    require_ours(session)
    settle_session(session)


@handles("checkout.session.async_payment_failed")
def bank_payment_failed(session: dict[str, Any]) -> None:
    """The bank payment of a Checkout Session (plain data) failed: so does its purchase. Raises UnknownPurchase."""
    require_ours(session)
    if session["mode"] == "payment":
        lifecycle.fail(purchase_of(session))


@handles("checkout.session.completed", after=cards.of_page)
def card_saved(card: SavedCard) -> None:
    """Keep the card that a page has saved for automatic top-up."""
    cards.keep(card)


@handles(
    "payment_intent.succeeded",
    "payment_intent.processing",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
)
def top_up_changed(intent: dict[str, Any]) -> None:
    """Settle what automatic top-up has charged; the payments of pages and invoices are settled by those."""
    if not settling.is_top_up(intent):
        raise NotOurs("It is no payment of automatic top-up.")
    settling.settle(intent)


@handles("payment_method.updated", "payment_method.automatically_updated")
def card_changed(method: dict[str, Any]) -> None:
    """The bank has sent its customer a new card."""
    cards.note_change(method)


@handles("payment_method.detached")
def card_detached(method: dict[str, Any]) -> None:
    """Stripe has forgotten a card: automatic top-up has none to charge."""
    cards.note_detached(method)


@handles("invoice.paid")
def invoice_paid(invoice: dict[str, Any]) -> None:
    """Remember the invoice of a purchase of tokens; that of a membership's month is no business of this handler."""
    papers.note(invoice)


@handles("refund.created", "refund.updated", "refund.failed", after=lookups.of_refund)
def refund_changed(found: lookups.Found) -> None:
    """Record a refund as Stripe has it now and reverse tokens accordingly; events may come in any order."""
    refunds.record_refund(found.purchase, found.object)


@handles("charge.refunded", after=lookups.of_refunds)
def charge_refunded(found: lookups.Found) -> None:
    """Record every refund of a charge, which itself has only their sum."""
    for refund in found.objects:
        refunds.record_refund(found.purchase, refund)


@handles(
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
    after=lookups.of_dispute,
)
def dispute_changed(found: lookups.Found) -> None:
    """Record a dispute as Stripe has it now, and reverse or restore tokens accordingly."""
    disputes.record_dispute(found.purchase, found.object, fetched_at=found.fetched_at)


@handles("radar.early_fraud_warning.created", after=lookups.of_fraud_warning)
def fraud_warned(found: lookups.Found) -> None:
    """Flag the purchase of an early fraud warning for staff."""
    disputes.flag(found.purchase)
