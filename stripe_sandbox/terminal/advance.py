"""advance: let time pass for the sandbox, and what is due happen."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from stripe_sandbox.terminal import server
from stripe_sandbox.terminal.verb import Verb


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--days", type=int, default=0, metavar="N")
    parser.add_argument("--hours", type=int, default=0, metavar="N")
    parser.add_argument("--seconds", type=int, default=0, metavar="N")


def _run(options: dict[str, Any]) -> str:
    seconds = (options["days"] * 24 + options["hours"]) * 3600 + options["seconds"]
    now = server.post("/stripe-sandbox/api/advance", seconds=seconds)["now"]
    return f"The sandbox's clock now says {datetime.fromtimestamp(now, tz=UTC):%Y-%m-%d %H:%M:%S} UTC."


VERB = Verb("let time pass in the sandbox, and what is due happen", _add_arguments, _run)
