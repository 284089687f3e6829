"""Refunds as the dashboard's staff and the buyers' banks make them happen."""

from collections.abc import Callable

from stripe_sandbox.api.acting import acting_on_named
from stripe_sandbox.api.endpoints import Call
from stripe_sandbox.api.params import Integer
from stripe_sandbox.catalogue import currencies
from stripe_sandbox.objects import Body, Document
from stripe_sandbox.payments.conversions import CurrencyText
from stripe_sandbox.refunds import refunds
from stripe_sandbox.store import Database
from stripe_sandbox.verbs import naming
from stripe_sandbox.verbs.conversions import SETTLED
from stripe_sandbox.verbs.verb import Given, Parameter, Verb


def refund(call: Call) -> Body:
    """From the dashboard: without metadata, so nothing names what the shop calls it."""
    made = refunds.create(
        call.db,
        naming.charge(call),
        amount=call.params.get("amount"),
        reason="requested_by_customer",
        metadata={},
        currency=call.params.get("currency"),
        settled=call.params.get("settled"),
    )
    return made.body


def _verb(act: Callable[[Database, Document], Document]) -> Callable[[Call], Body]:
    return acting_on_named("refund")(lambda call, refund: act(call.db, refund))


def _said(word: str) -> Callable[[Body, Given], str]:
    """The last line is the refund's id."""

    def say(refund: Body, given: Given) -> str:
        amount = currencies.shown(refund["amount"], refund["currency"])
        return f"{word} {amount} of {refund['payment_intent']}: {refund['status']}.\n{refund['id']}"

    return say


_REFUND = naming.id_of("refund")
VERBS = (
    Verb(
        "refund",
        "refund a payment from the dashboard, without metadata",
        (
            naming.PAYMENT,
            Parameter(
                "amount", Integer(least=1), "in the smallest unit, such as cents (default: all that is left)", "CENTS"
            ),
            Parameter("currency", CurrencyText(), "what --amount is in, such as eur, where not the payment's", "CUR"),
            SETTLED,
        ),
        refund,
        say=_said("Refunded"),
    ),
    Verb(
        "fail-refund",
        "let a refund fail, even one that has succeeded",
        (_REFUND,),
        _verb(refunds.fail),
        say=_said("Failed"),
    ),
    Verb("settle-refund", "let a pending refund arrive", (_REFUND,), _verb(refunds.settle), say=_said("Settled")),
    Verb("cancel-refund", "cancel a pending refund", (_REFUND,), _verb(refunds.cancel), say=_said("Canceled")),
)
