"""Endpoints that do something to one object: found, acted on at the time it lives in, answered as it is then."""

from collections.abc import Callable

from stripe_sandbox.api.endpoints import Call
from stripe_sandbox.billing import test_clocks
from stripe_sandbox.objects import Body, Document

Act = Callable[[Call, Document], object]


def acting_on(kind: str, *, param: str = "id") -> Callable[[Act], Callable[[Call], Body]]:
    """The object that the address names; `param` is what a refusal calls its id."""
    return lambda act: _endpoint(act, lambda call: call.document(kind, param=param))


def acting_on_named(kind: str) -> Callable[[Act], Callable[[Call], Body]]:
    """The object that the parameter of its kind's name names, as verbs have it."""
    return lambda act: _endpoint(act, lambda call: call.named(kind, kind))


def _endpoint(act: Act, find: Callable[[Call], Document]) -> Callable[[Call], Body]:
    def handle(call: Call) -> Body:
        document = find(call)
        with test_clocks.time_of(call.db, document):
            act(call, document)
        return find(call).body

    return handle
