"""The faults of webhooks, and time: /stripe-sandbox/api/faults shows and sets, clear-faults ends them all."""

from stripe_sandbox import clock, due, faults
from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.params import Flag, Integer, Kind, Text
from stripe_sandbox.documents import Body

_SWITCHES: dict[str, Kind] = {
    "duplicate": Flag(),
    "shuffle": Flag(),
    "delay": Integer(least=0, most=3600),
    "drop": Text(longest=100, clearable=True),
    "two_ids": Flag(),
    "give_up_after": Integer(least=1, most=faults.ATTEMPTS),
}


def show(call: Call) -> Body:
    return faults.current(call.db).body


def switch(call: Call) -> Body:
    return faults.switch(call.db, **{name: call.params[name] for name in _SWITCHES if name in call.params}).body


def clear(call: Call) -> Body:
    return faults.clear(call.db).body


def advance(call: Call) -> Body:
    clock.advance(call.db, seconds=call.params["seconds"])
    due.run(call.db)
    return {"now": clock.now(call.db)}


ENDPOINTS = [
    Endpoint("GET", "/stripe-sandbox/api/faults", show),
    Endpoint("POST", "/stripe-sandbox/api/faults", switch, _SWITCHES),
    Endpoint("POST", "/stripe-sandbox/api/clear-faults", clear),
    Endpoint(
        "POST", "/stripe-sandbox/api/advance", advance, {"seconds": Integer(1, 400 * 24 * 3600)}, required=("seconds",)
    ),
]
