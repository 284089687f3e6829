"""settle SESSION_ID and bounce SESSION_ID: how a payment from a bank account ends."""

from argparse import ArgumentParser
from typing import Any

from stripe_sandbox.terminal import server
from stripe_sandbox.terminal.verb import Verb


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("session", metavar="SESSION_ID")


def _settle(options: dict[str, Any]) -> str:
    session = server.post("/stripe-sandbox/api/settle", session=options["session"])
    return f"Settled {session['id']}: {session['status']}/{session['payment_status']}."


def _bounce(options: dict[str, Any]) -> str:
    session = server.post("/stripe-sandbox/api/bounce", session=options["session"])
    return f"Bounced {session['id']}: {session['status']}/{session['payment_status']}."


VERBS = {
    "settle": Verb("let a payment from a bank account arrive", _add_arguments, _settle),
    "bounce": Verb("send a payment from a bank account back", _add_arguments, _bounce),
}
