"""/v1/promotion_codes and /v1/coupons, to read; the sandbox's own are written when a session first allows codes."""

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import CREATED, PAGING, Query, page
from stripe_sandbox.api.params import Text
from stripe_sandbox.objects.documents import Body


def retrieve(call: Call) -> Body:
    return call.document("promotion_code", param="promotion_code").body


def listed(call: Call) -> Body:
    query = Query("promotion_code").matching(call.params, {"code": "$.code", "coupon": "$.promotion.coupon"})
    return page(call.db, query, call.params, url=call.path)


def retrieve_coupon(call: Call) -> Body:
    return call.document("coupon", param="coupon").body


def listed_coupons(call: Call) -> Body:
    return page(call.db, Query("coupon").matching(call.params, {}), call.params, url=call.path)


ENDPOINTS = [
    Endpoint("GET", "/v1/promotion_codes", listed, {**PAGING, **CREATED, "code": Text(), "coupon": Text()}),
    Endpoint("GET", "/v1/promotion_codes/{id}", retrieve),
    Endpoint("GET", "/v1/coupons", listed_coupons, {**PAGING, **CREATED}),
    Endpoint("GET", "/v1/coupons/{id}", retrieve_coupon),
]
