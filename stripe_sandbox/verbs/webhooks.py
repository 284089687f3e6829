"""Events and their webhooks: look at them, send one again, and switch on the faults of a bad day."""

from argparse import ArgumentParser
from dataclasses import dataclass
from typing import Any

from stripe_sandbox.api.endpoints import Call
from stripe_sandbox.api.params import Flag, Integer, Text
from stripe_sandbox.client import Refused
from stripe_sandbox.objects import Body
from stripe_sandbox.verbs.verb import API, Asked, Given, Parameter, Terminal, Verb
from stripe_sandbox.webhooks import deliveries, webhook_faults

_YES, _NO = ("true", "on", "yes"), ("false", "off", "no")


@dataclass(frozen=True)
class Switch(Flag):
    """On and off, in the words that people use for it."""

    def read(self, value: Any, where: str) -> bool:
        return super().read("true" if value in _YES else "false" if value in _NO else value, where)


@dataclass(frozen=True)
class Pattern(Text):
    """Of event types: on is every one, off is none."""

    longest: int = 100
    clearable: bool = True

    def read(self, value: Any, where: str) -> str:
        return "*" if value in _YES else "" if value in _NO else super().read(value, where)


def resend(call: Call) -> Body:
    """The answer says what the webhook answered, if it did within some seconds."""
    call.await_event = call.params["event"]
    call.answer_later = lambda db: deliveries.of_event(db, call.params["event"])
    return deliveries.resend(call.db, call.params["event"])


def events(call: Call) -> Body:
    """The latest events with their deliveries, newest first, as a list object."""
    return {"object": "list", "data": deliveries.latest(call.db, limit=call.params.get("limit", 20))}


def show_faults(call: Call) -> Body:
    """The faults that deliveries have."""
    return webhook_faults.current(call.db).body


def set_faults(call: Call) -> Body:
    """Make deliveries late, doubled, shuffled or fail. Returns the faults."""
    return webhook_faults.switch(call.db, **call.fields).body


def clear_faults(call: Call) -> Body:
    """Let deliveries work again; returns the faults, of which there are none."""
    return webhook_faults.clear(call.db).body


def _add_fault_words(parser: ArgumentParser) -> None:
    parser.add_argument("act", nargs="?", choices=("show", "set", "clear"), default="show")
    parser.add_argument(
        "switches",
        nargs="*",
        metavar="NAME=VALUE",
        help="duplicate=on, shuffle=on, two_ids=on, delay=SECONDS, give_up_after=ATTEMPTS, drop=on (every event) or "
        "drop=PATTERN (of event types, such as refund.*); a NAME alone is on",
    )


def _ask_about_faults(options: dict[str, Any]) -> Asked:
    act, switches = options["act"], options["switches"]
    if act == "set" and not switches:
        raise Refused("Name what to set, such as `faults set duplicate=on`.")
    if act != "set" and switches:
        raise Refused(f"`faults {act}` takes no switches.")
    path = API + ("clear-faults" if act == "clear" else "faults")
    return Asked("GET" if act == "show" else "POST", path, dict(map(_switch, switches)))


def _switch(said: str) -> tuple[str, str]:
    name, _, value = said.partition("=")
    return name.replace("-", "_"), value or "on"


def _said_faults(body: Body, given: Given) -> str:
    shown = {True: "on", False: "off", "": "off"}
    return "\n".join(
        f"{name}={shown.get(value, value) if isinstance(value, bool | str) else value}" for name, value in body.items()
    )


def _said_events(body: Body, given: Given) -> str:
    lines = [
        f"{event['id']}  {event['type']:<32}  {event['object']}  {event['delivery']}"
        for event in reversed(body["data"])
    ]
    return "\n".join(lines) or "No events yet."


def _said_resent(body: Body, given: Given) -> str:
    return f"Resent {body['id']} ({body['type']}): {body['delivery']}."


_SWITCHES = (
    Parameter("duplicate", Switch()),
    Parameter("shuffle", Switch()),
    Parameter("delay", Integer(least=0, most=3600)),
    Parameter("drop", Pattern()),
    Parameter("two_ids", Switch()),
    Parameter("give_up_after", Integer(least=1, most=webhook_faults.ATTEMPTS)),
)
VERBS = (
    Verb(
        "events",
        "list the latest events: id, type, object, delivered or not",
        (Parameter("limit", Integer(1, 1000), "how many (default: 20)"),),
        show=events,
        say=_said_events,
    ),
    Verb(
        "resend",
        "send an event to the webhook again",
        (Parameter("event", Text(), metavar="EVENT_ID", is_required=True),),
        resend,
        say=_said_resent,
    ),
    Verb(
        "faults",
        "show, set or clear the faults of webhooks",
        _SWITCHES,
        set_faults,
        show_faults,
        _said_faults,
        Terminal(_add_fault_words, _ask_about_faults),
    ),
    Verb("clear-faults", "end all faults of webhooks", handle=clear_faults, say=_said_faults),
)
