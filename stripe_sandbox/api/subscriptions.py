"""/v1/subscriptions"""

from collections.abc import Mapping
from typing import Any

from stripe_sandbox.api.acting import acting_on
from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import PAGING, Query, page_within
from stripe_sandbox.api.params import Text
from stripe_sandbox.api.resources import resource
from stripe_sandbox.api.subscription_params import CANCEL, FILTERS, SPECIAL_FILTERS, UPDATE
from stripe_sandbox.billing import cancellation, item_changes, subscriptions
from stripe_sandbox.billing.item_changes import Terms
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Body, Document

_WITH_PENDING = {"expand", "items", "off_session", "payment_behavior", "proration_behavior", "proration_date"}


@acting_on("subscription")
def update(call: Call, subscription: Document) -> None:
    """Change the subscription with the call's id; returns Stripe's object. Raises StripeError."""
    params = call.params
    if params.keys() - {"expand", "metadata", "cancellation_details"}:
        cancellation.require_alive(subscription)
    terms = _terms(call)
    fields = cancellation.planned(call.db, subscription, params)
    if "metadata" in params:
        fields["metadata"] = params["metadata"]
    if "description" in params:
        fields["description"] = params["description"] or None
    if "default_payment_method" in params:
        fields["default_payment_method"] = _method(call, subscription)
    subscriptions.change(call.db, subscription, **fields)
    if "items" in params:
        item_changes.make(call.db, subscription, params["items"], terms)


@acting_on("subscription")
def cancel(call: Call, subscription: Document) -> None:
    """Cancel the subscription with the call's id, as the parameters say; returns Stripe's object.

    Raises StripeError.
    """
    cancellation.now(call.db, subscription, call.params)


def resume(call: Call) -> Body:
    """Only what was paused can be resumed, and the sandbox pauses nothing."""
    status = call.document("subscription").body["status"]
    raise StripeError(
        f"Only paused subscriptions can be resumed; this one is {status}. To take a planned cancellation back, update "
        "`cancel_at_period_end`.",
        param="subscription",
    )


def _narrow(query: Query, params: Mapping[str, Any]) -> None:
    status = params.get("status")
    if status is None:
        query.where("json_extract(body, '$.status') != 'canceled'")
    elif status == "ended":
        query.among("json_extract(body, '$.status')", subscriptions.OVER)
    elif status != "all":
        query.has("$.status", status)
    if "price" in params:
        prices = "SELECT 1 FROM json_each(body, '$.items.data') WHERE json_extract(value, '$.price.id') = ?"
        query.where(f"EXISTS ({prices})", params["price"])


def items(call: Call) -> Body:
    """A page of subscription items, newest first, filtered by the call's parameters, as a list object.

    Raises StripeError.
    """
    found = subscriptions.items_of(subscriptions.found(call.db, call.params["subscription"]))
    return page_within(found, call.params, call.path)


def _terms(call: Call) -> Terms:
    params = call.params
    payment = params.get("payment_behavior", "allow_incomplete")
    refused = sorted(params.keys() - _WITH_PENDING)
    if payment == "pending_if_incomplete" and refused:
        raise StripeError(
            f"`{refused[0]}` cannot be changed while `payment_behavior` is `pending_if_incomplete`.", param=refused[0]
        )
    return Terms(params.get("proration_behavior", "create_prorations"), payment, params.get("proration_date"))


def _method(call: Call, subscription: Document) -> str:
    """It must be one that the customer has saved."""
    method = call.named("payment_method", "default_payment_method")
    if method.body["customer"] != subscription.body["customer"]:
        raise StripeError(
            f"The customer does not have a payment method with the ID {method.id}. The payment method must be "
            "attached to the customer.",
            code="resource_missing",
            param="default_payment_method",
        )
    return method.id


ENDPOINTS = [
    *resource("subscription", "/v1/subscriptions", FILTERS, special=SPECIAL_FILTERS, narrow=_narrow),
    Endpoint("POST", "/v1/subscriptions/{id}", update, UPDATE),
    Endpoint("DELETE", "/v1/subscriptions/{id}", cancel, CANCEL),
    Endpoint("POST", "/v1/subscriptions/{id}/resume", resume),
    Endpoint("GET", "/v1/subscription_items", items, {**PAGING, "subscription": Text()}, required=("subscription",)),
]
