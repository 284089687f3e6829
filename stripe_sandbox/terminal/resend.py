"""resend EVENT_ID: send an event to the webhook again."""

from argparse import ArgumentParser
from typing import Any

from stripe_sandbox.terminal import server
from stripe_sandbox.terminal.verb import Verb


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("event", metavar="EVENT_ID")


def _run(options: dict[str, Any]) -> str:
    event = server.post("/stripe-sandbox/api/resend", event=options["event"])
    return f"Resent {event['id']} ({event['type']}): {event['delivery']}."


VERB = Verb("send an event to the webhook again", _add_arguments, _run)
