"""/v1/setup_intents, and the mandates that some of them bring"""

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.intent_params import SETUP, SETUP_CONFIRM, SETUP_UPDATE
from stripe_sandbox.api.params import Choice, Text, each
from stripe_sandbox.api.payment_intents import require_confirm
from stripe_sandbox.api.resources import resource
from stripe_sandbox.billing import test_clocks
from stripe_sandbox.errors import CardError
from stripe_sandbox.intents import setting_up
from stripe_sandbox.objects import Body, Document, documents

_REASONS = Choice(("abandoned", "duplicate", "requested_by_customer"))


def create(call: Call) -> Body:
    """Create a SetupIntent, and confirm it if so asked; returns Stripe's object. Raises StripeError, CardError."""
    require_confirm(call, "SetupIntent", ("mandate_data", "return_url"))
    customer = call.named("customer", "customer") if "customer" in call.params else None
    with test_clocks.time_of(call.db, customer):
        intent = setting_up.create(call.db, call.fields)
        if call.params.get("confirm"):
            _confirm(call, intent)
    return intent.body


def update(call: Call) -> Body:
    """Change the SetupIntent with the call's id; returns Stripe's object. Raises StripeError."""
    if "customer" in call.params:
        call.named("customer", "customer")
    return setting_up.update(call.db, _intent(call), call.fields).body


def confirm(call: Call) -> Body:
    """Save the method of the SetupIntent with the call's id; returns Stripe's object. Raises StripeError, CardError."""
    intent = _intent(call)
    with test_clocks.time_of(call.db, documents.find(call.db, "customer", intent.body["customer"])):
        _confirm(call, intent)
    return intent.body


def cancel(call: Call) -> Body:
    """Cancel the SetupIntent with the call's id; returns Stripe's object. Raises StripeError."""
    return setting_up.cancel(call.db, _intent(call), reason=call.params.get("cancellation_reason")).body


def mandate(call: Call) -> Body:
    """A mandate by its id. Raises StripeError (404)."""
    return call.document("mandate", param="mandate").body


def _intent(call: Call) -> Document:
    return call.document(setting_up.KIND, param="intent")


def _confirm(call: Call, intent: Document) -> None:
    params = call.params
    error = setting_up.confirm(
        call.db,
        intent,
        method_id=params.get("payment_method"),
        return_url=params.get("return_url"),
        mandate_data=params.get("mandate_data"),
    )
    if error:
        raise CardError(error, intent=intent.body)


ENDPOINTS = [
    Endpoint("POST", "/v1/setup_intents", create, SETUP),
    *resource(setting_up.KIND, "/v1/setup_intents", each("customer payment_method", Text()), param="intent"),
    Endpoint("POST", "/v1/setup_intents/{id}", update, SETUP_UPDATE),
    Endpoint("POST", "/v1/setup_intents/{id}/confirm", confirm, SETUP_CONFIRM),
    Endpoint("POST", "/v1/setup_intents/{id}/cancel", cancel, {"cancellation_reason": _REASONS}),
    Endpoint("GET", "/v1/mandates/{id}", mandate),
]
