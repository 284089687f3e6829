"""What buyers' banks do about a payment: dispute it, decide, warn of fraud."""

from collections.abc import Callable

from stripe_sandbox.api.acting import acting_on_named
from stripe_sandbox.api.endpoints import Call
from stripe_sandbox.api.params import Flag, Integer
from stripe_sandbox.catalogue import currencies
from stripe_sandbox.disputes import disputes, fraud_warnings
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Body, Document
from stripe_sandbox.payments.conversions import CurrencyText
from stripe_sandbox.verbs import naming
from stripe_sandbox.verbs.conversions import SETTLED
from stripe_sandbox.verbs.verb import Given, Parameter, Verb


def dispute(call: Call) -> Body:
    """Open a dispute of a payment. Returns the dispute. Raises StripeError."""
    made = disputes.open(
        call.db,
        naming.charge(call),
        is_inquiry=call.params.get("inquiry", False),
        amount=call.params.get("amount"),
        currency=call.params.get("currency"),
        settled=call.params.get("settled"),
    )
    return made.body


def close(call: Call) -> Body:
    """Decide a dispute, won or lost. Returns it. Raises StripeError when it is closed."""
    params = call.params
    if "reinstated" in params and not params["won"]:
        raise StripeError("A lost dispute gives nothing back: --reinstated goes with --won.", param="reinstated")
    return disputes.close(
        call.db,
        call.named("dispute", "dispute"),
        is_won=params["won"],
        reinstated=params.get("reinstated"),
        settled=params.get("settled"),
    ).body


@acting_on_named("dispute")
def appeal(call: Call, dispute: Document) -> None:
    """Open a lost dispute again. Returns it. Raises StripeError."""
    disputes.appeal(call.db, dispute)


def warn(call: Call) -> Body:
    """Report a payment as suspected fraud. Returns the early fraud warning. Raises StripeError."""
    return fraud_warnings.warn(call.db, naming.charge(call)).body


def _said(word: str) -> Callable[[Body, Given], str]:
    """The last line is the dispute's id."""

    def say(dispute: Body, given: Given) -> str:
        amount = currencies.shown(dispute["amount"], dispute["currency"])
        state = f"{word} a dispute over {amount} of {dispute['payment_intent']}: {dispute['status']}."
        return f"{state}\n{dispute['id']}"

    return say


def _said_warned(warning: Body, given: Given) -> str:
    return f"Warned of fraud with {warning['payment_intent']} ({warning['fraud_type']}).\n{warning['id']}"


_DISPUTE = naming.id_of("dispute")
_VERDICT = (("won", "the shop gets its money back"), ("lost", "the buyer keeps the money"))
VERBS = (
    Verb(
        "dispute",
        "dispute a payment; an open inquiry about it becomes the dispute",
        (
            naming.PAYMENT,
            Parameter("inquiry", Flag(), "the bank only asks: no money moves"),
            Parameter(
                "amount", Integer(least=1), "in the smallest unit, such as cents (default: all not refunded)", "CENTS"
            ),
            Parameter("currency", CurrencyText(), "what the bank asks in, such as eur; goes with --amount", "CUR"),
            SETTLED,
        ),
        dispute,
        say=_said("Opened"),
    ),
    Verb(
        "close-dispute",
        "let the bank decide a dispute, or end an inquiry",
        (
            _DISPUTE,
            Parameter("won", Flag(), is_required=True, words=_VERDICT),
            Parameter("reinstated", Integer(least=1), "with --won: only this much comes back", "CENTS"),
            SETTLED,
        ),
        close,
        say=_said("Closed"),
    ),
    Verb("appeal", "take a lost dispute to the bank once more", (_DISPUTE,), appeal, say=_said("Appealed")),
    Verb("warn", "warn that a payment is suspected of fraud", (naming.PAYMENT,), warn, say=_said_warned),
)
