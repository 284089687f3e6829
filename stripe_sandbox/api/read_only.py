"""What is made elsewhere and only read: /v1/charges, /v1/coupons, /v1/events and others like them."""

from collections.abc import Mapping
from typing import Any

from stripe_sandbox.api.paging import Query
from stripe_sandbox.api.params import Flag, Listing, Text, Unsupported, each
from stripe_sandbox.api.resources import resource
from stripe_sandbox.disputes import fraud_warnings
from stripe_sandbox.errors import StripeError
from stripe_sandbox.webhooks import events

_PENDING = "EXISTS (SELECT 1 FROM delivery WHERE event_id = document.id AND delivered_at IS NULL)"


def _narrow_events(query: Query, params: Mapping[str, Any]) -> None:
    if "type" in params and "types" in params:
        raise StripeError("You may only specify one of these parameters: type, types.", param="type")
    if names := params.get("types") or [params[name] for name in ("type",) if name in params]:
        # `charge.*` stands for every event of charges.
        query.where(
            "(" + " OR ".join("json_extract(body, '$.type') GLOB ?" for _ in names) + ")",
            *(name.replace("[", "[[]").replace("?", "[?]") for name in names),
        )
    if "delivery_success" in params:
        query.where(f"NOT {_PENDING}" if params["delivery_success"] else _PENDING)


def _narrow_codes(query: Query, params: Mapping[str, Any]) -> None:
    query.has("$.promotion.coupon", params.get("coupon"))


def _narrow_rates(query: Query, params: Mapping[str, Any]) -> None:
    for name in ("active", "inclusive"):
        if name in params:
            query.where(f"json_extract(body, '$.{name}') = {int(params[name])}")


ENDPOINTS = [
    *resource(
        "balance_transaction",
        "/v1/balance_transactions",
        {**each("currency source type", Text()), "payout": Unsupported()},
    ),
    *resource("charge", "/v1/charges", each("customer payment_intent transfer_group", Text())),
    *resource("coupon", "/v1/coupons", param="coupon"),
    *resource(
        "event",
        "/v1/events",
        special={"delivery_success": Flag(), "type": Text(), "types": Listing(Text(), most=20)},
        narrow=_narrow_events,
        shown=events.with_pending_count,
    ),
    *resource(
        "promotion_code",
        "/v1/promotion_codes",
        each("code", Text()),
        param="promotion_code",
        special=each("coupon", Text()),
        narrow=_narrow_codes,
    ),
    *resource(fraud_warnings.KIND, "/v1/radar/early_fraud_warnings", each("charge payment_intent", Text())),
    *resource("tax_rate", "/v1/tax_rates", special={"active": Flag(), "inclusive": Flag()}, narrow=_narrow_rates),
]
