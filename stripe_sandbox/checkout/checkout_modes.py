"""What a Checkout Session may be asked for in one mode and not in the other."""

from stripe_sandbox.billing import periods
from stripe_sandbox.errors import StripeError, missing, unsupported
from stripe_sandbox.objects import Body

# Kept with the session until its buyer pays.
DATA = ("payment_intent_data", "setup_intent_data", "subscription_data")
_ONLY_SUBSCRIPTION = ("payment_method_collection", "subscription_data")
_REFUSED = {
    "payment": ("setup_intent_data", *_ONLY_SUBSCRIPTION),
    "setup": (
        *"allow_promotion_codes automatic_tax invoice_creation line_items payment_intent_data".split(),
        *"saved_payment_method_options submit_type tax_id_collection".split(),
        *_ONLY_SUBSCRIPTION,
    ),
    "subscription": ("customer_creation", "invoice_creation", "payment_intent_data", "setup_intent_data"),
}


def check_params(params: Body) -> None:
    """Raises StripeError for parameters that don't go with the session's mode."""
    if "mode" not in params:
        raise missing("mode")
    mode = params["mode"]
    for name in _REFUSED[mode]:
        if name in params:
            raise StripeError(f"You can not pass `{name}` in `{mode}` mode.", param=name)
    if "customer_update" in params and "customer" not in params:
        raise StripeError("`customer_update` can only be used with `customer`.", param="customer_update")
    if mode != "setup" and "currency" in params:
        raise unsupported("currency", what="`currency` in a mode that sells something")
    if mode == "setup" and not (params.get("currency") or params.get("allowed_payment_method_types")):
        raise missing("currency")
    if mode == "subscription" and params.get("allow_promotion_codes"):
        raise unsupported("allow_promotion_codes", what="promotion codes for subscriptions")


def check_prices(mode: str, items: list[Body]) -> None:
    """A payment is for prices that come once, a subscription for those that come again, at the same interval."""
    recurring = [item["price"]["recurring"] for item in items if item["price"]["recurring"]]
    if mode == "setup":
        return
    if mode == "payment":
        if recurring:
            raise StripeError(
                "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or "
                "use only one-time prices.",
                param="line_items",
            )
        return
    if not recurring:
        raise StripeError(
            "You must provide at least one recurring price in `subscription` mode when using prices.",
            param="line_items",
        )
    if len(recurring) < len(items):
        raise unsupported("line_items", what="one-time prices beside recurring ones")
    if len({periods.in_words(one) for one in recurring}) > 1:
        raise StripeError(
            "Checkout does not support multiple prices with different billing intervals.", param="line_items"
        )
    if sum(item["amount_total"] for item in items) == 0:
        raise unsupported("line_items", what="subscriptions that cost nothing")


def makes_customer(body: Body) -> bool:
    """Whether a guest who pays this session becomes a customer: because it says so, or an invoice needs one."""
    needs_one = bool((body["invoice_creation"] or {}).get("enabled"))
    return bool(body["customer_creation"] == "always" or (body["customer_creation"] and needs_one))


def customer_creation(fields: Body, *, has_customer: bool) -> str | None:
    """The session's `customer_creation`: "always", "if_required" or None; a subscription always has a customer."""
    if has_customer:
        return None
    return "always" if fields["mode"] == "subscription" else fields.get("customer_creation", "if_required")
