"""/v1/promotion_codes and /v1/coupons, to read; the sandbox's own are written when a session first allows codes."""

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import CREATED, PAGING, Query, page
from stripe_sandbox.api.params import Text
from stripe_sandbox.objects.documents import Body


def retrieve(call: Call) -> Body:
    """The promotion code with the call's id, as Stripe's object. Raises StripeError (404)."""
    return call.document("promotion_code", param="promotion_code").body


def listed(call: Call) -> Body:
    """A page of promotion codes, newest first, filtered by the call's parameters, as a list object.

    Raises StripeError.
    """
    query = Query("promotion_code").matching(call.params, {"code": "$.code", "coupon": "$.promotion.coupon"})
    return page(call.db, query, call.params, url=call.path)


def retrieve_coupon(call: Call) -> Body:
    """The coupon with the call's id, as Stripe's object. Raises StripeError (404)."""
    return call.document("coupon", param="coupon").body


def listed_coupons(call: Call) -> Body:
    """A page of coupons, newest first, filtered by the call's parameters, as a list object. Raises StripeError."""
    return page(call.db, Query("coupon").matching(call.params, {}), call.params, url=call.path)


ENDPOINTS = [
    Endpoint("GET", "/v1/promotion_codes", listed, {**PAGING, **CREATED, "code": Text(), "coupon": Text()}),
    Endpoint("GET", "/v1/promotion_codes/{id}", retrieve),
    Endpoint("GET", "/v1/coupons", listed_coupons, {**PAGING, **CREATED}),
    Endpoint("GET", "/v1/coupons/{id}", retrieve_coupon),
]
