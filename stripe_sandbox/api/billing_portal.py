"""/v1/billing_portal"""

from stripe_sandbox.api.checkout_params import LOCALE, OFF
from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.params import (
    Choice,
    Flag,
    Integer,
    Kind,
    Listing,
    Metadata,
    OneOf,
    Shape,
    Text,
    Unsupported,
    each,
    refused,
)
from stripe_sandbox.api.resources import resource
from stripe_sandbox.api.subscription_params import PRORATION
from stripe_sandbox.billing import portal, portal_features
from stripe_sandbox.errors import StripeError, missing
from stripe_sandbox.objects import Body, documents

_ON = {"enabled": Flag()}
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
    **refused("after_expiration customer_account on_behalf_of"),
    **each("configuration customer return_url", Text()),
    "flow_data": _FLOW,
    "locale": LOCALE,
}
_CANCEL = Shape(
    {
        "cancellation_reason": Shape(
            {**_ON, "feedback_options": Unsupported(), "options": Listing(Choice(tuple(portal_features.REASONS)))},
            required=("enabled",),
        ),
        **_ON,
        "mode": Choice(("at_period_end", "immediately")),
        "proration_behavior": Unsupported(unless=("none",)),
    },
    required=("enabled",),
)
OFFER = Shape(
    {"adjustable_quantity": OFF, "prices": Listing(Text(), most=10), "product": Text()}, required=("prices", "product")
)
_PLANS = Shape(
    {
        "billing_cycle_anchor": Unsupported(unless=("unchanged",)),
        "default_allowed_updates": Listing(OneOf(("price", "promotion_code", "quantity"), ("price",))),
        **_ON,
        "products": Listing(OFFER, most=10),
        "proration_behavior": PRORATION,
        "schedule_at_period_end": Unsupported(),
        "trial_update_behavior": Unsupported(unless=("end_trial",)),
    },
    required=("enabled",),
)
_FEATURES = Shape(
    {
        "customer_update": Shape(
            {"allowed_updates": Unsupported(unless=("",)), "enabled": Unsupported(unless=("false",))}
        ),
        "invoice_history": Shape(_ON, required=("enabled",)),
        "payment_method_update": Shape({**_ON, "payment_method_configuration": Unsupported()}, required=("enabled",)),
        "subscription_cancel": _CANCEL,
        "subscription_pause": OFF,
        "subscription_update": _PLANS,
    }
)
_BUSINESS = Shape(
    {"headline": Text(longest=60, clearable=True), "privacy_policy_url": Text(), "terms_of_service_url": Text()}
)
_CONFIGURATION: dict[str, Kind] = {
    "business_profile": _BUSINESS,
    **each("default_return_url name", Text(clearable=True)),
    "features": _FEATURES,
    "login_page": OFF,
    "metadata": Metadata(),
}


def create_session(call: Call) -> Body:
    """Create a portal session from the call's parameters; returns Stripe's object. Raises StripeError."""
    if "customer" not in call.params:
        raise missing("customer")
    return portal.open_session(call.db, call.named("customer", "customer"), call.params).body


def create(call: Call) -> Body:
    """Create a portal configuration from the call's parameters; returns Stripe's object. Raises StripeError."""
    reason = call.params["features"].get("subscription_cancel", {}).get("cancellation_reason", {})
    if reason and "options" not in reason:
        raise missing("features[subscription_cancel][cancellation_reason][options]")
    fields = _fields(call, {"business_profile": dict.fromkeys(_BUSINESS.fields)})
    return portal.configure(call.db, _features(call), is_default=False, **fields).body


def update(call: Call) -> Body:
    """Change the portal configuration with the call's id; returns Stripe's object. Raises StripeError."""
    configuration = call.document(portal.KIND, param="configuration")
    fields = {**_fields(call, configuration.body)}
    if "active" in call.params:
        fields["active"] = call.params["active"]
    portal.reconfigure(call.db, configuration, _features(call), **fields)
    return configuration.body


def _features(call: Call) -> Body:
    features: Body = call.params.get("features", {})
    for offer in features.get("subscription_update", {}).get("products", []):
        _check_offer(call, offer)
        offer["adjustable_quantity"] = {"enabled": False, "maximum": None, "minimum": 0}
    return features


def _check_offer(call: Call, offer: Body) -> None:
    where = "features[subscription_update][products]"
    product = documents.require(call.db, "product", offer["product"], param=where)
    for price_id in offer["prices"]:
        if documents.require(call.db, "price", price_id, param=where).body["product"] != product.id:
            raise StripeError(f"The price {price_id} is not one of the product {product.id}.", param=where)


def _fields(call: Call, current: Body) -> Body:
    params = call.params
    fields: Body = {name: params[name] or None for name in ("default_return_url", "name") if name in params}
    if "metadata" in params:
        fields["metadata"] = params["metadata"]
    if "business_profile" in params:
        fields["business_profile"] = {**current["business_profile"], **params["business_profile"]}
    return fields


ENDPOINTS = [
    Endpoint("POST", "/v1/billing_portal/sessions", create_session, _SESSION),
    Endpoint("POST", "/v1/billing_portal/configurations", create, _CONFIGURATION, required=("features",)),
    *resource(
        portal.KIND,
        "/v1/billing_portal/configurations",
        {"active": Flag(), "is_default": Flag()},
        param="configuration",
        is_dated=False,
    ),
    Endpoint("POST", "/v1/billing_portal/configurations/{id}", update, {**_CONFIGURATION, "active": Flag()}),
]
