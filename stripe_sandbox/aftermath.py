"""What some test numbers bring about once their payment went through: disputes and warnings."""

from stripe_sandbox import disputes, events, fates, fraud_warnings
from stripe_sandbox.documents import Document
from stripe_sandbox.store import Database


def of_payment(db: Database, charge: Document, *, number: str | None) -> None:
    """Right after the payment, as in Stripe's sandboxes; real disputes come weeks later."""
    dispute = fates.DISPUTES.get(number or "")
    if dispute:
        disputes.open(db, charge, reason=dispute.reason, is_inquiry=dispute.is_inquiry, cause=events.TIME)
    if number == fates.WARNED:
        fraud_warnings.warn(db, charge, cause=events.TIME)
