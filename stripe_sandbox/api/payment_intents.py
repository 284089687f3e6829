"""/v1/payment_intents"""

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.params import Choice, Text
from stripe_sandbox.api.resources import resource
from stripe_sandbox.objects import Body
from stripe_sandbox.payments import intents

_REASONS = Choice(("abandoned", "duplicate", "fraudulent", "requested_by_customer"))


def cancel(call: Call) -> Body:
    """Cancel the PaymentIntent with the call's id, as the parameters say; returns Stripe's object.

    Raises StripeError.
    """
    intent = call.document("payment_intent", param="intent")
    return intents.cancel(call.db, intent, reason=call.params.get("cancellation_reason")).body


ENDPOINTS = [
    *resource("payment_intent", "/v1/payment_intents", {"customer": Text()}, param="intent"),
    Endpoint("POST", "/v1/payment_intents/{id}/cancel", cancel, {"cancellation_reason": _REASONS}),
]
