"""What some test numbers bring about once their payment went through: disputes and warnings."""

from stripe_sandbox.disputes import disputes, fraud_warnings
from stripe_sandbox.objects import Document
from stripe_sandbox.payments import special_numbers
from stripe_sandbox.store import Database


def of_payment(db: Database, charge: Document, *, number: str | None) -> None:
    """Right after the payment, as in Stripe's sandboxes; real disputes come weeks later."""
    dispute = special_numbers.DISPUTES.get(number or "")
    with db.by_itself():
        if dispute:
            disputes.open(db, charge, reason=dispute.reason, is_inquiry=dispute.is_inquiry)
        if number == special_numbers.WARNED:
            fraud_warnings.warn(db, charge)
