"""What the buyer's bank does about a payment; the last line is the id of the dispute, or of the warning."""

from argparse import ArgumentParser
from typing import Any

from stripe_sandbox import currencies
from stripe_sandbox.documents import Body
from stripe_sandbox.terminal import server
from stripe_sandbox.terminal.verb import Verb


def _add_payment(parser: ArgumentParser) -> None:
    parser.add_argument("payment_intent", metavar="PAYMENT_INTENT_ID")


def _add_open(parser: ArgumentParser) -> None:
    _add_payment(parser)
    parser.add_argument("--inquiry", action="store_true", help="the bank only asks: no money moves")
    parser.add_argument("--amount", type=int, metavar="CENTS", help="of the minor unit (default: all not refunded)")


def _add_dispute(parser: ArgumentParser) -> None:
    parser.add_argument("dispute", metavar="DISPUTE_ID")


def _add_close(parser: ArgumentParser) -> None:
    _add_dispute(parser)
    verdict = parser.add_mutually_exclusive_group(required=True)
    verdict.add_argument("--won", action="store_true", help="the shop gets its money back")
    verdict.add_argument("--lost", action="store_true", help="the buyer keeps the money")
    parser.add_argument("--reinstated", type=int, metavar="CENTS", help="with --won: only this much comes back")


def _open(options: dict[str, Any]) -> str:
    given = {name: options[name] for name in ("payment_intent", "amount") if options[name] is not None}
    inquiry = "true" if options["inquiry"] else "false"
    return _said("Opened", server.post("/stripe-sandbox/api/dispute", inquiry=inquiry, **given))


def _close(options: dict[str, Any]) -> str:
    if options["lost"] and options["reinstated"] is not None:
        raise server.Refused("A lost dispute gives nothing back: --reinstated goes with --won.")
    given = {name: options[name] for name in ("dispute", "reinstated") if options[name] is not None}
    won = "true" if options["won"] else "false"
    return _said("Closed", server.post("/stripe-sandbox/api/close-dispute", won=won, **given))


def _appeal(options: dict[str, Any]) -> str:
    return _said("Appealed", server.post("/stripe-sandbox/api/appeal", dispute=options["dispute"]))


def _warn(options: dict[str, Any]) -> str:
    warning = server.post("/stripe-sandbox/api/warn", payment_intent=options["payment_intent"])
    return f"Warned of fraud with {warning['payment_intent']} ({warning['fraud_type']}).\n{warning['id']}"


def _said(verb: str, dispute: Body) -> str:
    amount = currencies.shown(dispute["amount"], dispute["currency"])
    return f"{verb} a dispute over {amount} of {dispute['payment_intent']}: {dispute['status']}.\n{dispute['id']}"


VERBS = {
    "dispute": Verb("dispute a payment; an open inquiry about it becomes the dispute", _add_open, _open),
    "close-dispute": Verb("let the bank decide a dispute, or end an inquiry", _add_close, _close),
    "appeal": Verb("take a lost dispute to the bank once more", _add_dispute, _appeal),
    "warn": Verb("warn that a payment is suspected of fraud", _add_payment, _warn),
}
