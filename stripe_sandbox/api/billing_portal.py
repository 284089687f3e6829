"""/v1/billing_portal, and /v1/setup_intents as the portal leaves them behind"""

from stripe_sandbox.api.checkout_params import LOCALE
from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import CREATED, PAGING, Query, page
from stripe_sandbox.api.params import Choice, Flag, Integer, Kind, Listing, Metadata, OneOf, Shape, Text, Unsupported
from stripe_sandbox.api.subscription_params import PRORATION
from stripe_sandbox.billing import portal, portal_features
from stripe_sandbox.catalogue import customers, prices, products
from stripe_sandbox.errors import StripeError, missing, no_such
from stripe_sandbox.objects import documents
from stripe_sandbox.objects.documents import Body

_KIND = "billing_portal.configuration"
_ON = {"enabled": Flag()}
_OFF = Shape({"enabled": Unsupported(unless=("false",))}, required=("enabled",))
_SUBSCRIPTION = {"subscription": Text()}
_AFTER = Shape(
    {
        "hosted_confirmation": Shape({"custom_message": Text(longest=500)}),
        "redirect": Shape({"return_url": Text()}, required=("return_url",)),
        "type": Choice(("hosted_confirmation", "portal_homepage", "redirect")),
    },
    required=("type",),
)
_UPDATED_ITEM = Shape({"id": Text(), "price": Text(), "quantity": Integer(least=1)}, required=("id",))
_FLOW = Shape(
    {
        "after_completion": _AFTER,
        "subscription_cancel": Shape({**_SUBSCRIPTION, "retention": Unsupported()}, required=("subscription",)),
        "subscription_pause": Unsupported(),
        "subscription_update": Shape(_SUBSCRIPTION, required=("subscription",)),
        "subscription_update_confirm": Shape(
            {**_SUBSCRIPTION, "discounts": Unsupported(), "items": Listing(_UPDATED_ITEM, most=1)},
            required=("items", "subscription"),
        ),
        "type": Choice(
            ("payment_method_update", "subscription_cancel", "subscription_update", "subscription_update_confirm")
        ),
    },
    required=("type",),
)
_SESSION: dict[str, Kind] = {
    **{name: Unsupported() for name in ("after_expiration", "customer_account", "on_behalf_of")},
    "configuration": Text(),
    "customer": Text(),
    "flow_data": _FLOW,
    "locale": LOCALE,
    "return_url": Text(),
}
_CANCEL = Shape(
    {
        "cancellation_reason": Shape(
            {
                **_ON,
                "feedback_options": Unsupported(),
                "options": Listing(Choice(tuple(portal_features.REASONS))),
            },
            required=("enabled",),
        ),
        **_ON,
        "mode": Choice(("at_period_end", "immediately")),
        "proration_behavior": Unsupported(unless=("none",)),
    },
    required=("enabled",),
)
_OFFER = Shape(
    {"adjustable_quantity": _OFF, "prices": Listing(Text(), most=10), "product": Text()}, required=("prices", "product")
)
_PLANS = Shape(
    {
        "billing_cycle_anchor": Unsupported(unless=("unchanged",)),
        "default_allowed_updates": Listing(OneOf(("price", "promotion_code", "quantity"), ("price",))),
        **_ON,
        "products": Listing(_OFFER, most=10),
        "proration_behavior": PRORATION,
        "schedule_at_period_end": Unsupported(),
        "trial_update_behavior": Unsupported(unless=("end_trial",)),
    },
    required=("enabled",),
)
_FEATURES = Shape(
    {
        "customer_update": Shape(
            {
                "allowed_updates": Unsupported(unless=("",)),
                "enabled": Unsupported(unless=("false",)),
            }
        ),
        "invoice_history": Shape(_ON, required=("enabled",)),
        "payment_method_update": Shape({**_ON, "payment_method_configuration": Unsupported()}, required=("enabled",)),
        "subscription_cancel": _CANCEL,
        "subscription_pause": _OFF,
        "subscription_update": _PLANS,
    }
)
_BUSINESS = Shape(
    {"headline": Text(longest=60, clearable=True), "privacy_policy_url": Text(), "terms_of_service_url": Text()}
)
_CONFIGURATION: dict[str, Kind] = {
    "business_profile": _BUSINESS,
    "default_return_url": Text(clearable=True),
    "features": _FEATURES,
    "login_page": _OFF,
    "metadata": Metadata(),
    "name": Text(clearable=True),
}


def create_session(call: Call) -> Body:
    """Create a portal session from the call's parameters; returns Stripe's object. Raises StripeError."""
    if "customer" not in call.params:
        raise missing("customer")
    customer = documents.find(call.db, "customer", call.params["customer"])
    if customer is None:
        raise no_such("customer", call.params["customer"], param="customer", status=400)
    return portal.open_session(call.db, customer, call.params, cause=call.cause).body


def create(call: Call) -> Body:
    """Create a portal configuration from the call's parameters; returns Stripe's object. Raises StripeError."""
    reason = call.params["features"].get("subscription_cancel", {}).get("cancellation_reason", {})
    if reason and "options" not in reason:
        raise missing("features[subscription_cancel][cancellation_reason][options]")
    fields = _fields(call, {"metadata": {}, "business_profile": dict.fromkeys(_BUSINESS.fields)})
    return portal.configure(call.db, _features(call), is_default=False, cause=call.cause, **fields).body


def update(call: Call) -> Body:
    """Change the portal configuration with the call's id; returns Stripe's object. Raises StripeError."""
    configuration = call.document(_KIND, param="configuration")
    fields = {**_fields(call, configuration.body)}
    if "active" in call.params:
        fields["active"] = call.params["active"]
    portal.reconfigure(call.db, configuration, _features(call), cause=call.cause, **fields)
    return configuration.body


def retrieve(call: Call) -> Body:
    """The portal configuration with the call's id, as Stripe's object. Raises StripeError (404)."""
    return call.document(_KIND, param="configuration").body


def listed(call: Call) -> Body:
    """A page of portal configurations, newest first, filtered by the call's parameters, as a list object.

    Raises StripeError.
    """
    query = Query(_KIND).matching(call.params, {"active": "$.active", "is_default": "$.is_default"})
    return page(call.db, query, call.params, url=call.path)


def retrieve_setup(call: Call) -> Body:
    """The SetupIntent with the call's id, as Stripe's object. Raises StripeError (404)."""
    return call.document("setup_intent", param="intent").body


def listed_setups(call: Call) -> Body:
    """A page of SetupIntents, newest first, filtered by the call's parameters, as a list object. Raises StripeError."""
    paths = {"customer": "$.customer", "payment_method": "$.payment_method"}
    return page(call.db, Query("setup_intent").matching(call.params, paths), call.params, url=call.path)


def _features(call: Call) -> Body:
    features: Body = call.params.get("features", {})
    for offer in features.get("subscription_update", {}).get("products", []):
        _check_offer(call, offer)
        offer["adjustable_quantity"] = {"enabled": False, "maximum": None, "minimum": 0}
    return features


def _check_offer(call: Call, offer: Body) -> None:
    where = "features[subscription_update][products]"
    product = products.found(call.db, offer["product"], param=where)
    for price_id in offer["prices"]:
        if prices.found(call.db, price_id, param=where).body["product"] != product.id:
            raise StripeError(f"The price {price_id} is not one of the product {product.id}.", param=where)


def _fields(call: Call, current: Body) -> Body:
    params = call.params
    fields: Body = {name: params[name] or None for name in ("default_return_url", "name") if name in params}
    if "metadata" in params:
        fields["metadata"] = customers.merged_metadata(current["metadata"], params["metadata"])
    if "business_profile" in params:
        fields["business_profile"] = {**current["business_profile"], **params["business_profile"]}
    return fields


ENDPOINTS = [
    Endpoint("POST", "/v1/billing_portal/sessions", create_session, _SESSION),
    Endpoint("POST", "/v1/billing_portal/configurations", create, _CONFIGURATION, required=("features",)),
    Endpoint(
        "GET",
        "/v1/billing_portal/configurations",
        listed,
        {**PAGING, "active": Flag(), "is_default": Flag()},
    ),
    Endpoint("GET", "/v1/billing_portal/configurations/{id}", retrieve),
    Endpoint("POST", "/v1/billing_portal/configurations/{id}", update, {**_CONFIGURATION, "active": Flag()}),
    Endpoint(
        "GET",
        "/v1/setup_intents",
        listed_setups,
        {**PAGING, **CREATED, "customer": Text(), "payment_method": Text()},
    ),
    Endpoint("GET", "/v1/setup_intents/{id}", retrieve_setup),
]
