"""refund PI, as staff do in the dashboard, and what becomes of the refund RE; the last line is the refund's id."""

from argparse import ArgumentParser
from typing import Any

from stripe_sandbox import currencies
from stripe_sandbox.documents import Body
from stripe_sandbox.terminal import server
from stripe_sandbox.terminal.verb import Verb


def _add_payment(parser: ArgumentParser) -> None:
    parser.add_argument("payment_intent", metavar="PAYMENT_INTENT_ID")
    parser.add_argument("--amount", type=int, metavar="CENTS", help="of the minor unit (default: all that is left)")


def _add_refund(parser: ArgumentParser) -> None:
    parser.add_argument("refund", metavar="REFUND_ID")


def _refund(options: dict[str, Any]) -> str:
    given = {name: options[name] for name in ("payment_intent", "amount") if options[name] is not None}
    return _said("Refunded", server.post("/stripe-sandbox/api/refund", **given))


def _fail(options: dict[str, Any]) -> str:
    return _said("Failed", server.post("/stripe-sandbox/api/fail-refund", refund=options["refund"]))


def _settle(options: dict[str, Any]) -> str:
    return _said("Settled", server.post("/stripe-sandbox/api/settle-refund", refund=options["refund"]))


def _cancel(options: dict[str, Any]) -> str:
    return _said("Canceled", server.post("/stripe-sandbox/api/cancel-refund", refund=options["refund"]))


def _said(verb: str, refund: Body) -> str:
    amount = currencies.shown(refund["amount"], refund["currency"])
    return f"{verb} {amount} of {refund['payment_intent']}: {refund['status']}.\n{refund['id']}"


VERBS = {
    "refund": Verb("refund a payment from the dashboard, without metadata", _add_payment, _refund),
    "fail-refund": Verb("let a refund fail, even one that has succeeded", _add_refund, _fail),
    "settle-refund": Verb("let a pending refund arrive", _add_refund, _settle),
    "cancel-refund": Verb("cancel a pending refund", _add_refund, _cancel),
}
