"""What customers do in the Billing Portal, without a browser."""

from stripe_sandbox.api.acting import acting_on_named
from stripe_sandbox.api.endpoints import Call
from stripe_sandbox.billing import portal, subscriptions
from stripe_sandbox.objects import Body, Document
from stripe_sandbox.verbs import naming
from stripe_sandbox.verbs.verb import Given, Verb


@acting_on_named("subscription")
def cancel(call: Call, subscription: Document) -> None:
    configuration = portal.default_configuration(call.db)
    portal.cancel(call.db, subscription, configuration, feedback="")


@acting_on_named("subscription")
def keep(call: Call, subscription: Document) -> None:
    portal.keep(call.db, subscription)


@acting_on_named("subscription")
def change_plan(call: Call, subscription: Document) -> None:
    """Paid for at once, as most shops configure it."""
    item = {"id": subscriptions.items_of(subscription)[0]["id"], "price": call.params["price"]}
    portal.take_plan(call.db, subscription, [item], portal.PAID_AT_ONCE)


def _said(subscription: Body, given: Given) -> str:
    return f"{subscription['id']}: {subscription['status']}."


_SUBSCRIPTION = naming.id_of("subscription")
VERBS = (
    Verb("cancel-in-portal", "cancel a plan as its customer", (_SUBSCRIPTION,), cancel, say=_said),
    Verb("keep-in-portal", "take a cancellation back as the customer", (_SUBSCRIPTION,), keep, say=_said),
    Verb(
        "change-plan-in-portal",
        "take another plan as the customer, and pay the difference at once",
        (_SUBSCRIPTION, naming.id_of("price")),
        change_plan,
        say=_said,
    ),
)
