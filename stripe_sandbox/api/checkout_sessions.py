"""/v1/checkout/sessions"""

import re
from urllib.parse import urlsplit

from stripe_sandbox.api.checkout_params import CREATE
from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import PAGING, page_within
from stripe_sandbox.api.params import Choice, Kind, Shape, Text, each
from stripe_sandbox.api.resources import resource
from stripe_sandbox.checkout import checkout_modes, forms, sessions
from stripe_sandbox.errors import StripeError, missing
from stripe_sandbox.objects import Body

_FILTERS: dict[str, Kind] = {
    **each("customer payment_intent subscription", Text()),
    "customer_details": Shape({"email": Text()}, required=("email",)),
    "status": Choice(("complete", "expired", "open")),
}


def create(call: Call) -> Body:
    """Create a Checkout Session from the call's parameters; returns Stripe's object. Raises StripeError."""
    params = call.params
    checkout_modes.check_params(params)
    for name in ("success_url",) if params["mode"] == "setup" else ("line_items", "success_url"):
        if not params.get(name):
            raise missing(name)
    for name in ("success_url", "cancel_url"):
        if name in params and not _is_address(params[name]):
            raise StripeError("Not a valid URL", code="url_invalid", param=name)
    email = params.get("customer_email")
    if email and not forms.is_email(email):
        raise StripeError(f"Invalid email address: {email}", code="email_invalid", param="customer_email")
    return sessions.create(call.db, params).body


def expire(call: Call) -> Body:
    """Expire the Checkout Session with the call's id, as the parameters say; returns Stripe's object.

    Raises StripeError.
    """
    return sessions.expire(call.db, call.document("checkout.session", param="session")).body


def line_items(call: Call) -> Body:
    """Line items are part of their session, in the order in which they were sent."""
    session = call.document("checkout.session", param="session")
    return page_within(session.private["line_items"], call.params, call.path)


def _is_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.netloc) and re.search(r"[\s\x00-\x1f]", url) is None


ENDPOINTS = [
    Endpoint("POST", "/v1/checkout/sessions", create, CREATE),
    *resource("checkout.session", "/v1/checkout/sessions", _FILTERS, param="session"),
    Endpoint("POST", "/v1/checkout/sessions/{id}/expire", expire),
    Endpoint("GET", "/v1/checkout/sessions/{id}/line_items", line_items, PAGING),
]
