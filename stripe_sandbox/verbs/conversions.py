"""Money in other currencies: what the buyer saw of a payment, and what it came to on the account."""

from stripe_sandbox.api.endpoints import Call
from stripe_sandbox.objects import Body
from stripe_sandbox.payments import conversions
from stripe_sandbox.payments.conversions import MoneyText
from stripe_sandbox.verbs import naming
from stripe_sandbox.verbs.verb import Given, Parameter, Verb

SETTLED = Parameter(
    "settled", MoneyText(), "what it came to on the account, such as usd:4000 (default: as it is)", "CUR:CENTS"
)
_NAMES = ("presented", "settled")


def convert(call: Call) -> Body:
    """Charge or refund in another currency, at the rate sent. Returns the balance transaction. Raises StripeError."""
    said = {name: call.params.get(name) for name in _NAMES}
    return conversions.convert(call.db, naming.charge(call), **said).body


def _said(charge: Body, given: Given) -> str:
    """The last line is the charge's id."""
    said = [f"{name} as {given[name]}" for name in _NAMES if name in given]
    return f"Converted {charge['payment_intent']}: {', '.join(said) or 'nothing'}.\n{charge['id']}"


VERBS = (
    Verb(
        "convert",
        "say what a payment was in other currencies, to the buyer and on the account",
        (
            naming.PAYMENT,
            Parameter("presented", MoneyText(), "what the buyer saw and paid, such as eur:3680", "CUR:CENTS"),
            SETTLED,
        ),
        convert,
        say=_said,
    ),
)
