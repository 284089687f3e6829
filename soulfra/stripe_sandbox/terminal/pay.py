"""pay SESSION_ID: what a buyer does on the hosted page."""

from argparse import ArgumentParser
from typing import Any

from soulfra.stripe_sandbox import currencies
from soulfra.stripe_sandbox.terminal import server
from soulfra.stripe_sandbox.terminal.verb import Verb


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("session", metavar="SESSION_ID")
    parser.add_argument(
        "--card", metavar="NUMBER", default="4242424242424242", help="a test card (default: %(default)s)"
    )
    parser.add_argument(
        "--fail-3ds", action="store_true", help="a card that asks for 3-D Secure: fail instead of approve"
    )


def _run(options: dict[str, Any]) -> str:
    card = options["card"].replace(" ", "")
    session = server.post(
        "/stripe-sandbox/api/pay",
        session=options["session"],
        card=card,
        fail_3ds="true" if options["fail_3ds"] else "false",
    )
    total = currencies.shown(session["amount_total"], session["currency"])
    means = f" with card {card[-4:]}" if session["amount_total"] else ""
    return f"Paid {session['id']} {total}{means}: {session['status']}/{session['payment_status']}."


VERB = Verb("pay an open Checkout Session", _add_arguments, _run)
