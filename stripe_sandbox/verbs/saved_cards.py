"""What customers, banks and card networks do about saved cards and payments that are confirmed later."""

from stripe_sandbox.api.endpoints import Call
from stripe_sandbox.api.params import Flag, Integer, Text
from stripe_sandbox.errors import CardError
from stripe_sandbox.intents import answering
from stripe_sandbox.objects import Body
from stripe_sandbox.payments import saved_methods
from stripe_sandbox.verbs import naming
from stripe_sandbox.verbs.verb import Given, Parameter, Verb


def authenticate(call: Call) -> Body:
    """The customer passes 3-D Secure on the bank's page, or fails. A refusal is a 402."""
    intent = naming.intent(call)
    is_approved = not call.params.get("fail", False)
    error = answering.answer(call.db, intent, is_approved=is_approved)
    if error and is_approved:
        raise CardError(error, intent=intent.body)
    return intent.body


def renew_card(call: Call) -> Body:
    """The card network has issued the saved card anew. Returns the payment method. Raises StripeError."""
    method, date = call.named("payment_method", "payment_method"), call.params
    saved_methods.renew_card(call.db, method, exp_month=date["exp_month"], exp_year=date["exp_year"])
    return method.body


def _said_answered(intent: Body, given: Given) -> str:
    return f"{intent['id']}: {intent['status'].replace('_', ' ')}."


def _said_renewed(method: Body, given: Given) -> str:
    card = method["card"]
    return f"{method['id']}: card {card['last4']} is good until {card['exp_month']:02} / {card['exp_year']}."


VERBS = (
    Verb(
        "authenticate",
        "answer the bank about a payment or a card to be saved, as the customer",
        (
            Parameter(
                "intent",
                Text(),
                "a PaymentIntent or SetupIntent that waits for 3-D Secure",
                "INTENT_ID",
                is_required=True,
            ),
            Parameter("fail", Flag(), "fail 3-D Secure instead of passing it"),
        ),
        authenticate,
        say=_said_answered,
    ),
    Verb(
        "renew-card",
        "give a saved card a new expiry date, as card networks do",
        (
            naming.id_of("payment_method"),
            Parameter("exp_month", Integer(1, 12), "the new month", is_required=True, is_option=True),
            Parameter("exp_year", Integer(2000, 2100), "the new year", is_required=True, is_option=True),
        ),
        renew_card,
        say=_said_renewed,
    ),
)
