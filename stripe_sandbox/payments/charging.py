"""One try to take a PaymentIntent's money from a payment method: taken, or refused by its bank."""

from dataclasses import dataclass

from stripe_sandbox.objects.documents import Body, Document
from stripe_sandbox.payments import charges, intents
from stripe_sandbox.payments.cards import Decline
from stripe_sandbox.store.store import Database
from stripe_sandbox.webhooks.events import Cause

_NOT_AUTHENTICATED = (
    "We are unable to authenticate your payment method. Please choose a different payment method and try again."
)


@dataclass(frozen=True)
class Charged:
    """`error` is the PaymentIntent's `last_payment_error`, None if the money was taken."""

    charge: Document
    error: Body | None = None


def take(
    db: Database,
    intent: Document,
    method: Document,
    *,
    decline: Decline | None,
    cause: Cause,
    is_authenticated: bool = False,
) -> Charged:
    """Charge the PaymentIntent with a payment method; returns the charge, or why it was refused."""
    if decline:
        refused = charges.fail(db, intent, method, decline=decline, cause=cause)
        error = _card_error(decline, charge=refused, method=method)
        intents.fail(db, intent, error, charge=refused.id, cause=cause)
        return Charged(refused, error)
    charge = charges.succeed(db, intent, method, is_authenticated=is_authenticated, cause=cause)
    intents.succeed(db, intent, method, charge=charge.id, cause=cause)
    return Charged(charge)


def fail_authentication(db: Database, intent: Document, method: Document, *, cause: Cause) -> Body:
    """The buyer did not pass 3-D Secure; gives the error that the PaymentIntent now has."""
    error = {
        "code": "payment_intent_authentication_failure",
        "doc_url": "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
        "message": _NOT_AUTHENTICATED,
        "payment_method": method.body,
        "type": "invalid_request_error",
    }
    intents.fail(db, intent, error, charge=None, cause=cause)
    return error


def _card_error(decline: Decline, *, charge: Document, method: Document) -> Body:
    error = {
        "charge": charge.id,
        "code": decline.code,
        "doc_url": f"https://stripe.com/docs/error-codes/{decline.code.replace('_', '-')}",
        "message": decline.message,
        "payment_method": method.body,
        "type": "card_error",
    }
    return error | ({"decline_code": decline.decline_code} if decline.decline_code else {})
