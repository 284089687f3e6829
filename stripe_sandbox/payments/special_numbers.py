"""What Stripe's test numbers do after the payment went through (docs.stripe.com/testing)."""

from dataclasses import dataclass

from stripe_sandbox.objects import Document, documents
from stripe_sandbox.store import Database

# Long enough to be seen pending, short enough to be waited for.
SLOW_REFUND_SECONDS = 30
# Bank transfers back to the buyer take days.
BANK_REFUND_SECONDS = 5 * 24 * 3600

REFUND_PENDS = "4000000000007726"
REFUND_FAILS = "4000000000005126"
WARNED = "4000000000005423"


@dataclass(frozen=True)
class DisputeToCome:
    reason: str
    is_inquiry: bool = False


DISPUTES = {
    "4000000000000259": DisputeToCome("fraudulent"),
    "4000000000002685": DisputeToCome("product_not_received"),
    "4000000000001976": DisputeToCome("fraudulent", is_inquiry=True),
    # A bank account; its reason is the bank's own.
    "000555555559": DisputeToCome("fraudulent"),
}


def number_of(db: Database, charge: Document) -> str | None:
    """The test card or account number that a charge was made with."""
    method = documents.find(db, "payment_method", charge.body["payment_method"])
    return method.private.get("number") if method else None


def is_bank_debit(charge: Document) -> bool:
    """Whether a charge was made from a US bank account."""
    return bool(charge.body["payment_method_details"]["type"] == "us_bank_account")
