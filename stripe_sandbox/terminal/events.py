"""events: the latest events, newest last, a line each."""

from argparse import ArgumentParser
from typing import Any

from stripe_sandbox.terminal import server
from stripe_sandbox.terminal.verb import Verb


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="how many (default: %(default)s)")


def _run(options: dict[str, Any]) -> str:
    events = server.get("/stripe-sandbox/api/events", limit=options["limit"])["data"]
    if not events:
        return "No events yet."
    return "\n".join(
        f"{event['id']}  {event['type']:<32}  {event['object']}  {event['delivery']}" for event in reversed(events)
    )


VERB = Verb("list the latest events: id, type, object, delivered or not", _add_arguments, _run)
