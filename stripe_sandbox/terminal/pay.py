"""pay SESSION_ID: what a buyer does on the hosted page."""

from argparse import ArgumentParser
from typing import Any

from stripe_sandbox import currencies
from stripe_sandbox.terminal import server
from stripe_sandbox.terminal.verb import Verb


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("session", metavar="SESSION_ID")
    means = parser.add_mutually_exclusive_group()
    means.add_argument(
        "--card", metavar="NUMBER", default="4242424242424242", help="a test card (default: %(default)s)"
    )
    means.add_argument("--bank", metavar="NUMBER", help="a test bank account, such as 000123456789")
    parser.add_argument(
        "--fail-3ds", action="store_true", help="a card that asks for 3-D Secure: fail instead of approve"
    )
    parser.add_argument("--code", metavar="CODE", help="a promotion code, such as FREE100 or HALF50")


def _run(options: dict[str, Any]) -> str:
    card, bank = (options[name] and options[name].replace(" ", "") for name in ("card", "bank"))
    fail_3ds = "true" if options["fail_3ds"] else "false"
    given = {"bank": bank} if bank else {"card": card, "fail_3ds": fail_3ds}
    if options["code"]:
        given["code"] = options["code"]
    session = server.post("/stripe-sandbox/api/pay", session=options["session"], **given)
    total = currencies.shown(session["amount_total"], session["currency"])
    means = f" from bank account {bank[-4:]}" if bank else f" with card {card[-4:]}"
    verb = "Sent off" if session["payment_status"] == "unpaid" else "Paid"
    state = f"{session['status']}/{session['payment_status']}"
    return f"{verb} {session['id']} {total}{means if session['amount_total'] else ''}: {state}."


VERB = Verb("pay an open Checkout Session", _add_arguments, _run)
