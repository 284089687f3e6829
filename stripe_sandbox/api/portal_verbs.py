"""What customers do in the Billing Portal, without a browser: /stripe-sandbox/api/portal-..."""

from collections.abc import Callable

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.params import Text
from stripe_sandbox.billing import portal, subscriptions, test_clocks
from stripe_sandbox.documents import Body, Document

_SUBSCRIPTION = {"subscription": Text()}


def _verb(act: Callable[[Call, Document], None]) -> Callable[[Call], Body]:
    def run(call: Call) -> Body:
        subscription = subscriptions.found(call.db, call.params["subscription"])
        with test_clocks.time_of(call.db, subscription):
            act(call, subscription)
        return subscriptions.found(call.db, subscription.id).body

    return run


def _cancel(call: Call, subscription: Document) -> None:
    configuration = portal.default_configuration(call.db, cause=call.cause)
    portal.cancel(call.db, subscription, configuration, feedback="", cause=call.cause)


def _keep(call: Call, subscription: Document) -> None:
    portal.keep(call.db, subscription, cause=call.cause)


def _change_plan(call: Call, subscription: Document) -> None:
    """Paid for at once, as most shops configure it."""
    item = {"id": subscriptions.items_of(subscription)[0]["id"], "price": call.params["price"]}
    portal.take_plan(call.db, subscription, [item], portal.PAID_AT_ONCE, cause=call.cause)


ENDPOINTS = [
    Endpoint("POST", "/stripe-sandbox/api/portal-cancel", _verb(_cancel), _SUBSCRIPTION, required=("subscription",)),
    Endpoint("POST", "/stripe-sandbox/api/portal-keep", _verb(_keep), _SUBSCRIPTION, required=("subscription",)),
    Endpoint(
        "POST",
        "/stripe-sandbox/api/portal-change-plan",
        _verb(_change_plan),
        {**_SUBSCRIPTION, "price": Text()},
        required=("subscription", "price"),
    ),
]
