"""/v1/subscriptions"""

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import CREATED, PAGING, Query, page, page_within
from stripe_sandbox.api.params import Text
from stripe_sandbox.api.subscription_params import CANCEL, LIST, UPDATE
from stripe_sandbox.billing import cancellation, item_changes, subscriptions, test_clocks
from stripe_sandbox.billing.item_changes import Terms
from stripe_sandbox.catalogue import customers
from stripe_sandbox.errors import StripeError, no_such
from stripe_sandbox.objects import documents
from stripe_sandbox.objects.documents import Body, Document

_WITH_PENDING = {"expand", "items", "off_session", "payment_behavior", "proration_behavior", "proration_date"}


def retrieve(call: Call) -> Body:
    """The subscription with the call's id, as Stripe's object. Raises StripeError (404)."""
    return call.document("subscription").body


def update(call: Call) -> Body:
    """Change the subscription with the call's id; returns Stripe's object. Raises StripeError."""
    subscription = call.document("subscription")
    if call.params.keys() - {"expand", "metadata", "cancellation_details"}:
        cancellation.require_alive(subscription)
    with test_clocks.time_of(call.db, subscription):
        _update(call, subscription)
    return subscriptions.found(call.db, call.id).body


def _update(call: Call, subscription: Document) -> None:
    params = call.params
    terms = _terms(call)
    fields = cancellation.planned(call.db, subscription, params)
    if "metadata" in params:
        fields["metadata"] = customers.merged_metadata(subscription.body["metadata"], params["metadata"])
    if "description" in params:
        fields["description"] = params["description"] or None
    if "default_payment_method" in params:
        fields["default_payment_method"] = _method(call, subscription)
    subscriptions.change(call.db, subscription, cause=call.cause, **fields)
    if "items" in params:
        item_changes.make(call.db, subscription, params["items"], terms, cause=call.cause)


def cancel(call: Call) -> Body:
    """Cancel the subscription with the call's id, as the parameters say; returns Stripe's object.

    Raises StripeError.
    """
    subscription = call.document("subscription")
    with test_clocks.time_of(call.db, subscription):
        cancellation.now(call.db, subscription, call.params, cause=call.cause)
    return subscriptions.found(call.db, call.id).body


def resume(call: Call) -> Body:
    """Only what was paused can be resumed, and the sandbox pauses nothing."""
    status = call.document("subscription").body["status"]
    raise StripeError(
        f"Only paused subscriptions can be resumed; this one is {status}. To take a planned cancellation back, update "
        "`cancel_at_period_end`.",
        param="subscription",
    )


def listed(call: Call) -> Body:
    """A page of subscriptions, newest first, filtered by the call's parameters, as a list object.

    Raises StripeError.
    """
    params = call.params
    paths = {name: f"$.{name}" for name in ("collection_method", "customer", "test_clock")}
    query = Query("subscription").matching(params, paths)
    status = params.get("status")
    over = "json_extract(body, '$.status') IN ('canceled', 'incomplete_expired')"
    if status is None:
        query.where("json_extract(body, '$.status') != 'canceled'")
    elif status == "ended":
        query.where(over)
    elif status != "all":
        query.where("json_extract(body, '$.status') = ?", status)
    if "price" in params:
        prices = "SELECT 1 FROM json_each(body, '$.items.data') WHERE json_extract(value, '$.price.id') = ?"
        query.where(f"EXISTS ({prices})", params["price"])
    return page(call.db, query, params, url=call.path)


def items(call: Call) -> Body:
    """A page of subscription items, newest first, filtered by the call's parameters, as a list object.

    Raises StripeError.
    """
    found = subscriptions.items_of(subscriptions.found(call.db, call.params["subscription"]))
    return page_within(found, call.params, url=call.path)


def _terms(call: Call) -> Terms:
    params = call.params
    payment = params.get("payment_behavior", "allow_incomplete")
    refused = sorted(params.keys() - _WITH_PENDING)
    if payment == "pending_if_incomplete" and refused:
        raise StripeError(
            f"`{refused[0]}` cannot be changed while `payment_behavior` is `pending_if_incomplete`.",
            param=refused[0],
        )
    return Terms(params.get("proration_behavior", "create_prorations"), payment, params.get("proration_date"))


def _method(call: Call, subscription: Document) -> str:
    """It must be one that the customer has saved."""
    method_id: str = call.params["default_payment_method"]
    method = documents.find(call.db, "payment_method", method_id)
    if method is None:
        raise no_such("PaymentMethod", method_id, param="default_payment_method", status=400)
    if method.body["customer"] != subscription.body["customer"]:
        raise StripeError(
            f"The customer does not have a payment method with the ID {method_id}. The payment method must be "
            "attached to the customer.",
            code="resource_missing",
            param="default_payment_method",
        )
    return method_id


ENDPOINTS = [
    Endpoint("GET", "/v1/subscriptions", listed, {**PAGING, **CREATED, **LIST}),
    Endpoint("GET", "/v1/subscriptions/{id}", retrieve),
    Endpoint("POST", "/v1/subscriptions/{id}", update, UPDATE),
    Endpoint("DELETE", "/v1/subscriptions/{id}", cancel, CANCEL),
    Endpoint("POST", "/v1/subscriptions/{id}/resume", resume),
    Endpoint("GET", "/v1/subscription_items", items, {**PAGING, "subscription": Text()}, required=("subscription",)),
]
