"""/v1/payment_intents"""

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.intent_params import PAYMENT, PAYMENT_CONFIRM, PAYMENT_UPDATE
from stripe_sandbox.api.params import Choice, Text
from stripe_sandbox.api.resources import resource
from stripe_sandbox.billing import test_clocks
from stripe_sandbox.errors import CardError, StripeError
from stripe_sandbox.intents import charging
from stripe_sandbox.intents.charging import Terms
from stripe_sandbox.objects import Body, Document, documents
from stripe_sandbox.payments import intents

_KIND = "payment_intent"
_REASONS = Choice(("abandoned", "duplicate", "fraudulent", "requested_by_customer"))
# Of what an intent says, that which may be changed by confirming it.
_SAID = ("receipt_email", "setup_future_usage", "shipping")
_WITH_CONFIRM = ("error_on_requires_action", "mandate_data", "off_session", "return_url")


def create(call: Call) -> Body:
    """Create a PaymentIntent, and confirm it if so asked; returns Stripe's object. Raises StripeError, CardError."""
    params = call.params
    confirms = params.get("confirm", False)
    require_confirm(call, "PaymentIntent", _WITH_CONFIRM)
    customer = call.named("customer", "customer") if "customer" in params else None
    with test_clocks.time_of(call.db, customer):
        intent = charging.create(call.db, call.fields)
        if confirms:
            _confirm(call, intent)
    return intent.body


def update(call: Call) -> Body:
    """Change the PaymentIntent with the call's id; returns Stripe's object. Raises StripeError."""
    if "customer" in call.params:
        call.named("customer", "customer")
    return charging.update(call.db, call.document(_KIND, param="intent"), call.fields).body


def confirm(call: Call) -> Body:
    """Try to pay with the PaymentIntent of the call's id; returns Stripe's object. Raises StripeError, CardError."""
    intent = call.document(_KIND, param="intent")
    said = {name: call.params[name] for name in _SAID if name in call.params}
    with test_clocks.time_of(call.db, documents.find(call.db, "customer", intent.body["customer"])):
        if said:
            charging.update(call.db, intent, said)
        _confirm(call, intent)
    return intent.body


def cancel(call: Call) -> Body:
    """Cancel the PaymentIntent with the call's id, as the parameters say; returns Stripe's object.

    Raises StripeError.
    """
    intent = call.document(_KIND, param="intent")
    return intents.cancel(call.db, intent, reason=call.params.get("cancellation_reason")).body


def require_confirm(call: Call, what: str, names: tuple[str, ...]) -> None:
    """What only matters when it is confirmed at once is refused otherwise. Raises StripeError."""
    for name in names:
        if name in call.params and not call.params.get("confirm"):
            raise StripeError(
                f"The parameter `{name}` cannot be passed when creating a {what} unless `confirm` is set to true.",
                param=name,
            )


def _confirm(call: Call, intent: Document) -> None:
    params = call.params
    terms = Terms(
        is_off_session=params.get("off_session", "false") != "false",
        refuses_action=params.get("error_on_requires_action", False),
        return_url=params.get("return_url"),
        mandate_data=params.get("mandate_data"),
    )
    error = charging.confirm(call.db, intent, terms, method_id=params.get("payment_method"))
    if error:
        raise CardError(error, intent=intent.body)


ENDPOINTS = [
    Endpoint("POST", "/v1/payment_intents", create, PAYMENT, required=("amount", "currency")),
    *resource(_KIND, "/v1/payment_intents", {"customer": Text()}, param="intent"),
    Endpoint("POST", "/v1/payment_intents/{id}", update, PAYMENT_UPDATE),
    Endpoint("POST", "/v1/payment_intents/{id}/confirm", confirm, PAYMENT_CONFIRM),
    Endpoint("POST", "/v1/payment_intents/{id}/cancel", cancel, {"cancellation_reason": _REASONS}),
]
