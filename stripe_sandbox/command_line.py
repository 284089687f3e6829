"""The command line: `serve`, and every verb of the table, which is asked of the sandbox that is running."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from stripe_sandbox.client import Client, Refused
from stripe_sandbox.server import serve
from stripe_sandbox.server.guard import LiveKey
from stripe_sandbox.verbs.table import VERBS

STORE = "stripe_sandbox.db"


def main(words: Sequence[str], environment: Mapping[str, str] = os.environ) -> int:
    """Run one command; returns the exit code. What goes wrong is one sentence on standard error."""
    options = vars(_parser(environment).parse_args(words))
    try:
        if options["verb"] == "serve":
            serve.serve(options)
        else:
            print(_ask(options, environment))
    except (Refused, LiveKey, serve.CannotServe) as refused:
        print(refused, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def _ask(options: dict[str, str], environment: Mapping[str, str]) -> str:
    verb = VERBS[options["verb"]]
    address = options["address"] or serve.recorded_address(options["store"])
    if not address:
        raise Refused(
            f"No sandbox has been started on {Path(options['store']).absolute()}: go to the directory where `serve` "
            "was started, start one with `python -m stripe_sandbox serve`, or name its --address."
        )
    asked = verb.ask_from_terminal(options)
    with Client(address, key=options["key"]) as client:
        return verb.say(client.call(asked.method, asked.path, asked.given), asked.given)


def _parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=environment.get("STRIPE_SANDBOX_COMMAND") or "python -m stripe_sandbox",
        description="A local Stripe: serve it, and do what buyers, banks, staff in the dashboard and time do.",
    )
    store = environment.get("SANDBOX_STORE") or STORE
    parser.add_argument("--store", metavar="FILE", default=store, help="its file (default: %(default)s)")
    parser.add_argument("--address", metavar="URL", help="where it answers (default: as recorded beside its file)")
    key = environment.get("STRIPE_SECRET_KEY", "")
    parser.add_argument("--key", metavar="KEY", default=key, help="whose world, where several keys have one")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    serving = verbs.add_parser("serve", help="start the sandbox", description="Start the sandbox.")
    serve.add_options(serving, environment)
    for name, verb in VERBS.items():
        words = verbs.add_parser(name, help=verb.sentence, description=verb.sentence.capitalize() + ".")
        verb.add_to(words)
        for option in ("--store", "--address", "--key"):  # before the verb or after it
            words.add_argument(option, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return parser
