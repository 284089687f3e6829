"""One try to take a PaymentIntent's money from a payment method: taken, or refused by its bank."""

from dataclasses import dataclass

from stripe_sandbox.errors import error_body
from stripe_sandbox.objects import Body, Document
from stripe_sandbox.payments import charges, intents
from stripe_sandbox.payments.cards import Decline
from stripe_sandbox.store import Database


@dataclass(frozen=True)
class Charged:
    """`error` is the PaymentIntent's `last_payment_error`, None if the money was taken."""

    charge: Document
    error: Body | None = None


def take(
    db: Database, intent: Document, method: Document, *, decline: Decline | None, is_authenticated: bool = False
) -> Charged:
    if decline:
        refused = charges.fail(db, intent, method, decline=decline)
        error = _card_error(decline, charge=refused, method=method)
        intents.fail(db, intent, error, charge=refused.id)
        return Charged(refused, error)
    charge = charges.succeed(db, intent, method, is_authenticated=is_authenticated)
    intents.succeed(db, intent, method, charge=charge.id)
    return Charged(charge)


def fail_authentication(db: Database, intent: Document, method: Document) -> Body:
    """The buyer did not pass 3-D Secure; gives the error that the PaymentIntent now has."""
    error = error_body(
        "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
        code="payment_intent_authentication_failure",
        payment_method=method.body,
    )
    intents.fail(db, intent, error, charge=None)
    return error


def _card_error(decline: Decline, *, charge: Document, method: Document) -> Body:
    fields: Body = {"charge": charge.id, "payment_method": method.body, **decline.named}
    return error_body(decline.message, type="card_error", code=decline.code, **fields)
