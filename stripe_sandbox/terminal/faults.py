"""faults [show | set NAME=VALUE ... | clear]: webhooks as they are on a bad day."""

from argparse import ArgumentParser
from typing import Any

from stripe_sandbox.documents import Body
from stripe_sandbox.terminal import server
from stripe_sandbox.terminal.verb import Verb

_ADDRESS = "/stripe-sandbox/api/faults"
_WORDS = {"on": "true", "yes": "true", "off": "false", "no": "false"}
_PATTERNS = {"true": "*", "false": ""}


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("act", nargs="?", choices=("show", "set", "clear"), default="show")
    parser.add_argument(
        "switches",
        nargs="*",
        metavar="NAME=VALUE",
        help="duplicate=on, shuffle=on, two_ids=on, delay=SECONDS, give_up_after=ATTEMPTS, drop=on (every event) or "
        "drop=PATTERN (of event types, such as refund.*); a NAME alone is on",
    )


def _run(options: dict[str, Any]) -> str:
    act, switches = options["act"], options["switches"]
    if act == "set" and not switches:
        raise server.Refused("Name what to set, such as `faults set duplicate=on`.")
    if act != "set" and switches:
        raise server.Refused(f"`faults {act}` takes no switches.")
    if act == "set":
        return _said(server.post(_ADDRESS, **dict(map(_switch, switches))))
    return _said(server.get(_ADDRESS) if act == "show" else server.post("/stripe-sandbox/api/clear-faults"))


def _switch(said: str) -> tuple[str, str]:
    name, _, value = said.partition("=")
    name, value = name.replace("-", "_"), _WORDS.get(value or "on", value)
    return name, _PATTERNS.get(value, value) if name == "drop" else value


def _said(switches: Body) -> str:
    shown = {True: "on", False: "off", "": "off"}
    return "\n".join(
        f"{name}={shown.get(value, value) if isinstance(value, bool | str) else value}"
        for name, value in switches.items()
    )


VERB = Verb("show, set or clear the faults of webhooks", _add_arguments, _run)
