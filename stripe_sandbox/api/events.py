"""/v1/events"""

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import CREATED, PAGING, Query, page
from stripe_sandbox.api.params import Flag, Kind, Listing, Text
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects.documents import Body
from stripe_sandbox.webhooks import events

_FILTERS: dict[str, Kind] = {"delivery_success": Flag(), "type": Text(), "types": Listing(Text(), most=20)}


def retrieve(call: Call) -> Body:
    """The event with the call's id, as Stripe's object. Raises StripeError (404)."""
    return events.with_pending_count(call.db, call.document("event").body)


def listed(call: Call) -> Body:
    """A page of events, newest first, filtered by the call's parameters, as a list object. Raises StripeError."""
    params = call.params
    if "type" in params and "types" in params:
        raise StripeError("You may only specify one of these parameters: type, types.", param="type")
    query = Query("event").matching(params, {})
    if names := params.get("types") or [params[name] for name in ("type",) if name in params]:
        # `charge.*` stands for every event of charges.
        query.where(
            "(" + " OR ".join("json_extract(body, '$.type') GLOB ?" for _ in names) + ")",
            *(name.replace("[", "[[]").replace("?", "[?]") for name in names),
        )
    if "delivery_success" in params:
        pending = "EXISTS (SELECT 1 FROM delivery WHERE event_id = document.id AND delivered_at IS NULL)"
        query.where(f"NOT {pending}" if params["delivery_success"] else pending)
    found = page(call.db, query, params, url=call.path)
    return found | {"data": [events.with_pending_count(call.db, event) for event in found["data"]]}


ENDPOINTS = [
    Endpoint("GET", "/v1/events", listed, {**PAGING, **CREATED, **_FILTERS}),
    Endpoint("GET", "/v1/events/{id}", retrieve),
]
