"""How much of a charge can be given back, and Stripe's words for what cannot."""

from stripe_sandbox.catalogue import currencies
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Document, documents
from stripe_sandbox.store import Database


def checked(db: Database, charge: Document, amount: int | None) -> int:
    """The amount to refund: what was asked for, or all that is left. Raises for more than that."""
    body = charge.body
    if body["status"] != "succeeded":
        raise StripeError(f"Charge {charge.id} is {body['status']}; only a succeeded charge can be refunded.")
    if any(not found.body["is_charge_refundable"] for found in documents.about(db, "dispute", "charge", charge.id)):
        raise StripeError(f"Charge {charge.id} has been charged back; cannot issue a refund.", code="charge_disputed")
    left: int = body["amount"] - body["amount_refunded"]
    if left == 0:
        raise StripeError(f"Charge {charge.id} has already been refunded.", code="charge_already_refunded")
    if amount is not None and amount > left:
        of_what = "charge amount" if amount > body["amount"] else "unrefunded amount on charge"
        bound = body["amount"] if amount > body["amount"] else left
        shown, most = (currencies.shown(cents, body["currency"]) for cents in (amount, bound))
        raise StripeError(f"Refund amount ({shown}) is greater than {of_what} ({most})", param="amount")
    return left if amount is None else amount


def charge_of(db: Database, payment_intent: str) -> Document:
    """The charge that took the money of a PaymentIntent."""
    intent = documents.require(db, "payment_intent", payment_intent, param="payment_intent")
    charge = documents.find(db, "charge", intent.body["latest_charge"])
    if charge is None or intent.body["status"] != "succeeded":
        raise StripeError(
            f"This PaymentIntent ({payment_intent}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    return charge
