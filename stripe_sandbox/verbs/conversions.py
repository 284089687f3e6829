"""Money in other currencies: what the buyer saw of a payment, and what it came to on the account."""

from stripe_sandbox.api.endpoints import Call
from stripe_sandbox.api.params import Text
from stripe_sandbox.objects.documents import Body
from stripe_sandbox.payments import conversions
from stripe_sandbox.payments.conversions import MoneyText
from stripe_sandbox.refunds import refund_limits
from stripe_sandbox.verbs.verb import Given, Parameter, Verb

SETTLED = Parameter(
    "settled", MoneyText(), "what it came to on the account, such as usd:4000 (default: as it is)", "CUR:CENTS"
)
_NAMES = ("presented", "settled")


def convert(call: Call) -> Body:
    """Charge or refund in another currency, at the rate sent. Returns the balance transaction. Raises StripeError."""
    charge = refund_limits.charge_of(call.db, call.params["payment_intent"])
    said = {name: call.params.get(name) for name in _NAMES}
    return conversions.convert(call.db, charge, **said, cause=call.cause).body


def _said(charge: Body, given: Given) -> str:
    """The last line is the charge's id."""
    said = [f"{name} as {given[name]}" for name in _NAMES if name in given]
    return f"Converted {charge['payment_intent']}: {', '.join(said) or 'nothing'}.\n{charge['id']}"


VERBS = (
    Verb(
        "convert",
        "say what a payment was in other currencies, to the buyer and on the account",
        (
            Parameter("payment_intent", Text(), metavar="PAYMENT_INTENT_ID", is_required=True),
            Parameter("presented", MoneyText(), "what the buyer saw and paid, such as eur:3680", "CUR:CENTS"),
            SETTLED,
        ),
        convert,
        say=_said,
    ),
)
