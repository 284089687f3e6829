"""What PaymentIntents and SetupIntents take, after the parameter types of API version 2026-10-28.endive."""

from stripe_sandbox.api.checkout_params import LATER_USE, METHODS, SHIPPING
from stripe_sandbox.api.params import (
    Choice,
    Flag,
    Integer,
    Kind,
    Listing,
    Metadata,
    Shape,
    Text,
    Unsupported,
    each,
    refused,
)

_TYPES = Listing(Choice(METHODS))
_AUTOMATIC = Shape(
    {"allow_redirects": Choice(("always", "never")), "enabled": Unsupported(unless=("true",))}, required=("enabled",)
)
_ACCEPTANCE = Shape(
    {
        "accepted_at": Integer(),
        "offline": Unsupported(),
        "online": Shape({"ip_address": Text(), "user_agent": Text()}, required=("ip_address", "user_agent")),
        "type": Choice(("online", "offline")),
    },
    required=("type",),
)
_MANDATE = Shape({"customer_acceptance": _ACCEPTANCE}, required=("customer_acceptance",))
_CLEARABLE = Text(clearable=True)

_METHODS: dict[str, Kind] = {
    "allowed_payment_method_types": _TYPES,
    "excluded_payment_method_types": _TYPES,
    "automatic_payment_methods": _AUTOMATIC,
}
# Of both kinds, with `confirm=true` or when it is confirmed.
CONFIRMED: dict[str, Kind] = {
    "mandate_data": _MANDATE,
    **each("payment_method return_url", Text()),
    "use_stripe_sdk": Unsupported(unless=("false",)),
    **refused("confirmation_token payment_method_data payment_method_options"),
}
# Of PaymentIntents.
CHARGED: dict[str, Kind] = {
    **CONFIRMED,
    "error_on_requires_action": Flag(),
    "off_session": Choice(("true", "false", "one_off", "recurring")),
    **refused("hooks mandate payment_details radar_options amount_details"),
}
_SAID: dict[str, Kind] = {
    "description": Text(longest=1000, clearable=True),
    "metadata": Metadata(),
    "receipt_email": _CLEARABLE,
    "setup_future_usage": LATER_USE,
    "shipping": SHIPPING,
    **each("statement_descriptor statement_descriptor_suffix", Text(longest=22, clearable=True)),
    "transfer_group": Text(),
}
_ELSEWHERE = refused("application_fee_amount customer_account on_behalf_of payment_method_configuration transfer_data")
_AMOUNT: dict[str, Kind] = {"amount": Integer(least=1), "currency": Text(), "customer": Text()}
_AT_ONCE = {"capture_method": Unsupported(unless=("automatic", "automatic_async"))}

PAYMENT: dict[str, Kind] = {
    **_AMOUNT,
    **_AT_ONCE,
    **_ELSEWHERE,
    **_METHODS,
    **_SAID,
    **CHARGED,
    "confirm": Flag(),
    "confirmation_method": Unsupported(unless=("automatic",)),
}
PAYMENT_UPDATE: dict[str, Kind] = {
    **_AMOUNT,
    **_AT_ONCE,
    **_ELSEWHERE,
    **_SAID,
    "payment_method": Text(),
    **refused("allowed_payment_method_types amount_details excluded_payment_method_types hooks payment_details"),
    **refused("payment_method_data payment_method_options"),
}
PAYMENT_CONFIRM: dict[str, Kind] = {
    **CHARGED,
    **_AT_ONCE,
    "receipt_email": _CLEARABLE,
    "setup_future_usage": LATER_USE,
    "shipping": SHIPPING,
    **refused("allowed_payment_method_types amount_to_confirm excluded_payment_method_types"),
}
_SETUP_SAID: dict[str, Kind] = {"customer": Text(), "description": Text(longest=1000), "metadata": Metadata()}
_SETUP_ELSEWHERE = refused(
    "attach_to_self customer_account flow_directions on_behalf_of payment_method_configuration single_use"
)
SETUP: dict[str, Kind] = {
    **_METHODS,
    **_SETUP_SAID,
    **_SETUP_ELSEWHERE,
    **CONFIRMED,
    "confirm": Flag(),
    "usage": LATER_USE,
}
SETUP_UPDATE: dict[str, Kind] = {
    **_SETUP_SAID,
    "payment_method": Text(),
    **refused("allowed_payment_method_types attach_to_self customer_account excluded_payment_method_types"),
    **refused("flow_directions payment_method_configuration payment_method_data payment_method_options"),
}
SETUP_CONFIRM: dict[str, Kind] = {**CONFIRMED, **refused("allowed_payment_method_types")}
