"""convert PI: the buyer paid in another currency, or the account settled in one; the last line is the charge's id."""

from argparse import ArgumentParser
from typing import Any

from soulfra.stripe_sandbox.terminal import server
from soulfra.stripe_sandbox.terminal.verb import Verb

SETTLED = {"metavar": "CUR:CENTS", "help": "what it came to on the account, such as usd:4000 (default: as it is)"}


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("payment_intent", metavar="PAYMENT_INTENT_ID")
    parser.add_argument("--presented", metavar="CUR:CENTS", help="what the buyer saw and paid, such as eur:3680")
    parser.add_argument("--settled", **SETTLED)  # type: ignore[arg-type]  # texts alone


def _run(options: dict[str, Any]) -> str:
    names = ("payment_intent", "presented", "settled")
    charge = server.post("/stripe-sandbox/api/convert", **{name: options[name] for name in names if options[name]})
    said = [f"{name} as {options[name]}" for name in names[1:] if options[name]]
    return f"Converted {charge['payment_intent']}: {', '.join(said) or 'nothing'}.\n{charge['id']}"


VERB = Verb("say what a payment was in other currencies, to the buyer and on the account", _add_arguments, _run)
