"""What a verb is about, by whichever id the person has: a payment by its session, its PaymentIntent or its charge."""

from collections.abc import Callable

from stripe_sandbox.api.endpoints import Call
from stripe_sandbox.api.params import Text
from stripe_sandbox.errors import StripeError, no_such
from stripe_sandbox.objects import Document, documents
from stripe_sandbox.payments import bank_debits
from stripe_sandbox.refunds import refunds
from stripe_sandbox.verbs.verb import Parameter

# Where the id of a payment's PaymentIntent stands, in each of the objects that lead to it.
_INTENTS: dict[str, Callable[[Document], str | None]] = {
    "charge": lambda charge: charge.body["payment_intent"],
    "checkout.session": lambda session: session.body["payment_intent"] or session.private.get("invoice_intent"),
    "invoice": lambda invoice: invoice.private.get("payment_intent"),
    "payment_intent": lambda intent: intent.id,
}
_NAMED_BY = {"payment_intent": "payment_intent", "session": "checkout.session"}
_HELP = "of the payment: its Checkout Session's id, its PaymentIntent's, its charge's or its invoice's"
PAYMENT = Parameter("payment_intent", Text(), _HELP, "PAYMENT_ID", is_required=True)
SESSION = Parameter("session", Text(), _HELP, "SESSION_ID", is_required=True)


def id_of(kind: str) -> Parameter:
    return Parameter(kind, Text(), metavar=f"{kind.upper()}_ID", is_required=True)


def charge(call: Call) -> Document:
    """The charge that took the money of the payment."""
    return refunds.charge_of(call.db, _intent(call, "payment_intent").id)


def debit(call: Call) -> Document:
    """The PaymentIntent of a payment from a bank account."""
    session = documents.find(call.db, "checkout.session", call.params["session"])
    if session and not session.body["payment_intent"]:
        raise bank_debits.none_of(session)
    return _intent(call, "session")


def intent(call: Call) -> Document:
    """The PaymentIntent or SetupIntent that waits for its customer."""
    named = documents.named(call.db, call.params["intent"])
    if named is None or named.kind not in ("payment_intent", "setup_intent"):
        raise no_such("payment_intent", call.params["intent"], param="intent")
    return named


def _intent(call: Call, param: str) -> Document:
    named = documents.named(call.db, call.params[param])
    if named is None or named.kind not in _INTENTS:
        raise no_such(_NAMED_BY[param], call.params[param], param=param)
    intent = documents.find(call.db, "payment_intent", _INTENTS[named.kind](named))
    if intent is None:
        raise StripeError(f"Nothing has been paid with {named.id} yet.", param=param)
    return intent
