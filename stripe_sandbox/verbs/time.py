"""Time at Stripe: let it pass, and let happen what is due."""

from datetime import UTC, datetime

from stripe_sandbox.api.endpoints import Call
from stripe_sandbox.api.params import Integer
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Body
from stripe_sandbox.server import scheduled
from stripe_sandbox.store import clock
from stripe_sandbox.verbs.verb import Given, Parameter, Verb

_DAY = 24 * 3600
_LONGEST_DAYS = 400
_LENGTHS = {"days": _DAY, "hours": 3600, "seconds": 1}


def advance(call: Call) -> Body:
    """Move the sandbox's clock forward and do what becomes due. Returns `now` in Unix seconds."""
    seconds = sum(length * call.params.get(name, 0) for name, length in _LENGTHS.items())
    if seconds < 1:
        raise StripeError("This value must be greater than or equal to 1.", param="seconds")
    if seconds > _LONGEST_DAYS * _DAY:
        raise StripeError(f"At most {_LONGEST_DAYS} days may pass at a time.", param="seconds")
    clock.advance(call.db, seconds=seconds)
    return catch_up(call)


def catch_up(call: Call) -> Body:
    """Do what is due by the sandbox's clock. Returns `now` in Unix seconds."""
    scheduled.run(call.db)
    return {"now": clock.now(call.db)}


def _said(body: Body, given: Given) -> str:
    return f"The sandbox's clock now says {datetime.fromtimestamp(body['now'], tz=UTC):%Y-%m-%d %H:%M:%S} UTC."


VERBS = (
    Verb(
        "advance",
        "let time pass in the sandbox, and what is due happen",
        tuple(Parameter(name, Integer(0, _LONGEST_DAYS * _DAY)) for name in _LENGTHS),
        advance,
        say=_said,
    ),
    Verb("catch-up", "let what is due happen now", handle=catch_up, say=_said),
)
