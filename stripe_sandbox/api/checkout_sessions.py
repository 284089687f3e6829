"""/v1/checkout/sessions"""

import re
from urllib.parse import urlsplit

from stripe_sandbox.api.checkout_params import CREATE
from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import CREATED, PAGING, Query, page
from stripe_sandbox.api.params import Choice, Kind, Shape, Text
from stripe_sandbox.checkout import card_form, checkout_modes, sessions
from stripe_sandbox.errors import StripeError, missing, no_such
from stripe_sandbox.objects.documents import Body

_FILTERS: dict[str, Kind] = {
    "customer": Text(),
    "customer_details": Shape({"email": Text()}, required=("email",)),
    "payment_intent": Text(),
    "status": Choice(("complete", "expired", "open")),
    "subscription": Text(),
}


def create(call: Call) -> Body:
    """Create a Checkout Session from the call's parameters; returns Stripe's object. Raises StripeError."""
    params = call.params
    checkout_modes.check_params(params)
    for name in ("line_items", "success_url"):
        if not params.get(name):
            raise missing(name)
    for name in ("success_url", "cancel_url"):
        if name in params and not _is_address(params[name]):
            raise StripeError("Not a valid URL", code="url_invalid", param=name)
    email = params.get("customer_email")
    if email and not card_form.is_email(email):
        raise StripeError(f"Invalid email address: {email}", code="email_invalid", param="customer_email")
    return sessions.create(call.db, params, cause=call.cause).body


def retrieve(call: Call) -> Body:
    """The Checkout Session with the call's id, as Stripe's object. Raises StripeError (404)."""
    return call.document("checkout.session", param="session").body


def expire(call: Call) -> Body:
    """Expire the Checkout Session with the call's id, as the parameters say; returns Stripe's object.

    Raises StripeError.
    """
    return sessions.expire(call.db, call.document("checkout.session", param="session"), cause=call.cause).body


def listed(call: Call) -> Body:
    """A page of Checkout Sessions, newest first, filtered by the call's parameters, as a list object.

    Raises StripeError.
    """
    paths = {name: f"$.{name}" for name in ("customer", "payment_intent", "status", "subscription")}
    query = Query("checkout.session").matching(call.params, paths)
    if "customer_details" in call.params:
        query.where("json_extract(body, '$.customer_details.email') = ?", call.params["customer_details"]["email"])
    return page(call.db, query, call.params, url=call.path)


def line_items(call: Call) -> Body:
    """Line items are part of their session, in the order in which they were sent."""
    items = call.document("checkout.session", param="session").private["line_items"]
    places = {item["id"]: place for place, item in enumerate(items)}
    limit = call.params.get("limit", 10)
    for name in ("starting_after", "ending_before"):
        if name in call.params and call.params[name] not in places:
            raise no_such("item", call.params[name], param=name, status=400)
    start, end = 0, len(items)
    if "starting_after" in call.params:
        start = places[call.params["starting_after"]] + 1
    elif "ending_before" in call.params:
        end = places[call.params["ending_before"]]
        start = max(0, end - limit)
        return {"object": "list", "data": items[start:end], "has_more": start > 0, "url": call.path}
    return {"object": "list", "data": items[start:end][:limit], "has_more": end - start > limit, "url": call.path}


def _is_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.netloc) and re.search(r"[\s\x00-\x1f]", url) is None


ENDPOINTS = [
    Endpoint("POST", "/v1/checkout/sessions", create, CREATE),
    Endpoint("GET", "/v1/checkout/sessions", listed, {**PAGING, **CREATED, **_FILTERS}),
    Endpoint("GET", "/v1/checkout/sessions/{id}", retrieve),
    Endpoint("POST", "/v1/checkout/sessions/{id}/expire", expire),
    Endpoint("GET", "/v1/checkout/sessions/{id}/line_items", line_items, PAGING),
]
