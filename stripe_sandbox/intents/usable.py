"""Which payment method an intent may be confirmed with: its customer's own, or one that nobody has used."""

from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Body, Document
from stripe_sandbox.payments import saved_methods
from stripe_sandbox.store import Database

_REDIRECTING = (
    "This {what} is configured to accept payment methods enabled in your Dashboard. Because some of these payment "
    "methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to "
    "accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and "
    "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents."
)
_CALLED = {"payment_intent": "PaymentIntent", "setup_intent": "SetupIntent"}


def method(db: Database, id: str, *, customer: str | None, types: list[str]) -> Document:
    """The payment method with this id, a new one for a test token. Raises StripeError where it may not be used."""
    found = saved_methods.find(db, id, param="payment_method")
    owner = found.body["customer"]
    if owner and customer is None:
        raise StripeError(
            f"The payment method you provided ({id}) is attached to a customer so for security purposes you must "
            "provide the customer in the request.",
            param="payment_method",
        )
    if owner and owner != customer:
        raise StripeError(
            f"The customer does not have a payment method with the ID {id}. The payment method must be attached to the "
            "customer.",
            code="resource_missing",
            param="payment_method",
        )
    if saved_methods.is_spent(db, found):
        raise StripeError(saved_methods.SPENT, param="payment_method")
    if found.body["type"] not in types:
        raise StripeError(
            f'The payment method type "{found.body["type"]}" is not one of those that this intent takes: '
            f"{', '.join(types)}.",
            param="payment_method",
        )
    return found


def types(fields: Body, *, currency: str | None) -> list[str]:
    """What an intent takes: all that the sandbox plays, less what was left out. American banks pay dollars."""
    allowed, excluded = fields.get("allowed_payment_method_types"), fields.get("excluded_payment_method_types") or []
    played = ("card", "link", "us_bank_account") if currency in (None, "usd") else ("card", "link")
    found = [type for type in played if type not in excluded and (not allowed or type in allowed)]
    if not found:
        param = "allowed_payment_method_types" if allowed else "excluded_payment_method_types"
        raise StripeError(
            f"No payment method is left; for {currency or 'this intent'} the local Stripe sandbox has "
            f"{', '.join(played)}.",
            param=param,
        )
    return found


def automatic(fields: Body) -> Body:
    """What the shop's dashboard allows, unless it says itself which methods it takes."""
    if fields.get("allowed_payment_method_types"):
        return {"automatic_payment_methods": None}
    redirects = fields.get("automatic_payment_methods", {}).get("allow_redirects", "always")
    return {"automatic_payment_methods": {"allow_redirects": redirects, "enabled": True}}


def require_way_back(intent: Document, return_url: str | None) -> None:
    """Methods that lead the customer away must know where they come back. Raises StripeError."""
    automatic = intent.body["automatic_payment_methods"]
    if automatic and automatic["allow_redirects"] == "always" and return_url is None:
        raise StripeError(_REDIRECTING.format(what=_CALLED[intent.kind]), param="return_url")
