"""Faults of the API itself: another status, a delay, an answer lost after the work; and a new beginning."""

from stripe_sandbox.api import api_faults
from stripe_sandbox.api.api_faults import ApiFault
from stripe_sandbox.api.endpoints import Call
from stripe_sandbox.api.params import Flag, Integer, Text
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Body
from stripe_sandbox.store.schema import OWNER, TABLES
from stripe_sandbox.verbs.verb import Given, Parameter, Verb


def plant(call: Call) -> Body:
    """`fail`: make one of the next calls of the API fail. Returns the planted faults. Raises StripeError."""
    if not call.fields.keys() & {"status", "delay", "lost"}:
        raise StripeError("Say what goes wrong: a status, a delay, or that the answer is lost.", param="status")
    return api_faults.body_of(api_faults.plant(call.db, ApiFault(**{"call": "*", **call.fields})))


def show(call: Call) -> Body:
    """The planted faults."""
    return api_faults.body_of(api_faults.planted(call.db))


def clear(call: Call) -> Body:
    """Remove the planted faults."""
    return api_faults.body_of(api_faults.clear(call.db))


def reset(call: Call) -> Body:
    """Delete everything in this world; the key that owns it stays."""
    for table in TABLES:
        kept = f" WHERE name != '{OWNER}'" if table == "setting" else ""
        call.db.execute(f"DELETE FROM {table}{kept}")  # noqa: S608  the tables' own names
    return {"object": "reset"}


def _said(body: Body, given: Given) -> str:
    lines = [
        f"{one['call']}: the next {one['times']}"
        + (f", after {one['delay']} s" if one["delay"] else "")
        + (f", status {one['status']}" if one["status"] else "")
        + (", done but never answered" if one["lost"] else "")
        for one in body["data"]
    ]
    return "\n".join(lines) or "No faults of the API."


VERBS = (
    Verb(
        "fail-api",
        "let calls of the API fail, come late, or lose their answer; without words, show what is planted",
        (
            Parameter("call", Text(), "a pattern of method and path, such as 'POST /v1/refunds*'", "PATTERN"),
            Parameter("times", Integer(1, 1000), "how many calls (default: 1)"),
            Parameter("status", Integer(400, 599), "answer this, and do nothing"),
            Parameter("delay", Integer(0, 120), "seconds to wait first"),
            Parameter("lost", Flag(), "do the work and never answer"),
        ),
        plant,
        show,
        _said,
    ),
    Verb("clear-api-faults", "end all faults of the API", handle=clear, say=_said),
    Verb(
        "reset",
        "begin anew, as if nothing had ever happened with this key",
        handle=reset,
        say=lambda body, given: "The sandbox is empty.",
    ),
)
