"""A value for every parameter of PaymentIntents, SetupIntents and payment methods."""

from typing import Any

from stripe_sandbox.tests.support.parameters.values import ADDRESS, Given, Samples, under
from stripe_sandbox.tests.support.parameters.world import World

_BACK = "http://localhost/back"
_SENT = {"shipping": {"name": "Ann", "address": {"line1": "X"}}}
_SHIPPING: dict[str, Any] = {
    **under("shipping.address", {name: Given("Y", _SENT) for name in ADDRESS}),
    **under("shipping", {name: Given("Y", _SENT) for name in ("carrier", "name", "phone", "tracking_number")}),
}
_SAID: dict[str, Any] = {
    **_SHIPPING,
    "description": "D",
    "metadata": {"k": "v"},
    "receipt_email": "r@example.com",
    "statement_descriptor": "SHOP",
    "statement_descriptor_suffix": "BOOK",
    "transfer_group": "g",
}
_AGREED = "mandate_data.customer_acceptance"
_ONLINE = {"ip_address": "203.0.113.7", "user_agent": "B"}
# A card that asks its bank, so that what it is told of the way back is seen.
_ASKING = {"payment_method": "pm_card_threeDSecure2Required", "return_url": _BACK}
_BY_ACCOUNT = {"payment_method": "pm_usBankAccount_success", "return_url": _BACK}


def _pass(world: World, intent: Any, known: dict[str, str]) -> None:
    """The customer passes 3-D Secure on the bank's page, and goes where that sends them."""
    if address := ((intent.get("next_action") or {}).get("redirect_to_url") or {}).get("url"):
        world.send(address, payment_method=intent["payment_method"], answer="approve")


def _confirm_without_a_way_back(world: World, intent: Any, known: dict[str, str]) -> None:
    kind = f"{intent['object']}s"
    world.call("POST", f"/v1/{kind}/{intent['id']}/confirm", {"payment_method": "pm_card_visa"})


def _pay_with_it(world: World, intent: Any, known: dict[str, str]) -> None:
    """Confirmed, by a card that asks, and passed."""
    if id := intent.get("id"):
        params = {"payment_method": "pm_card_visa", "return_url": _BACK}
        world.call("POST", f"/v1/payment_intents/{id}/confirm", params)


def _pay_with_saved(world: World, intent: Any, known: dict[str, str]) -> None:
    """By a card that is the customer's, so no stranger's."""
    params = {"payment_method": known["method"], "return_url": _BACK}
    world.call("POST", f"/v1/payment_intents/{intent['id']}/confirm", params)


def _save_with_it(world: World, intent: Any, known: dict[str, str]) -> None:
    if id := intent.get("id"):
        params = {"payment_method": "pm_card_authenticationRequiredOnSetup", "return_url": _BACK}
        world.call("POST", f"/v1/setup_intents/{id}/confirm", params)
        world.do("authenticate", intent=id)


def _agreed(base: dict[str, Any]) -> dict[str, Any]:
    """What a customer has agreed to, of a debit from an account."""
    given = {**base, "mandate_data": {"customer_acceptance": {"type": "online", "online": _ONLINE}}}
    values = {"accepted_at": 1_700_000_000, "online.ip_address": "203.0.113.8", "online.user_agent": "C"}
    return under(
        _AGREED, {**{name: Given(value, given) for name, value in values.items()}, "type": Given("offline", given)}
    )


def _confirmed(base: dict[str, Any]) -> dict[str, Any]:
    return {
        **_agreed({**base, **_BY_ACCOUNT}),
        "payment_method": Given("pm_card_amex", {**base, "payment_method": "pm_card_visa", "return_url": _BACK}),
        "return_url": Given("http://localhost/other", {**base, **_ASKING}, then=_pass),
    }


_CONFIRM = {"confirm": True}
_METHODS: dict[str, Any] = {
    "allowed_payment_method_types": ["card"],
    "excluded_payment_method_types": ["link"],
    "automatic_payment_methods.allow_redirects": Given(
        "never", {"automatic_payment_methods": {"enabled": True}}, then=_confirm_without_a_way_back
    ),
}
INTENTS: dict[str, Samples] = {
    "POST /v1/payment_intents": Samples(
        {"amount": 4000, "currency": "usd"},
        {
            **_SAID,
            **_METHODS,
            **_confirmed(_CONFIRM),
            "amount": 5000,
            "currency": "eur",
            "customer": Given("<customer>", {"setup_future_usage": "off_session"}),
            "confirm": Given(True, {"payment_method": "pm_card_visa"}),
            "setup_future_usage": Given("off_session", {"customer": "<customer>"}),
            "off_session": Given("true", {**_CONFIRM, **_ASKING}),
            "error_on_requires_action": Given(True, {**_CONFIRM, **_ASKING}),
        },
        then=_pay_with_it,
    ),
    "POST /v1/payment_intents/{id}": Samples(
        {},
        {
            **_SAID,
            "amount": 5000,
            "currency": "eur",
            "customer": Given("<stranger>", then=_pay_with_saved),
            "payment_method": "pm_card_amex",
            "setup_future_usage": "off_session",
        },
        id="unpaid_intent",
        then=_pay_with_it,
    ),
    "POST /v1/payment_intents/{id}/confirm": Samples(
        {"payment_method": "pm_card_visa", "return_url": _BACK},
        {
            **_SHIPPING,
            **_confirmed({}),
            "receipt_email": "r@example.com",
            "setup_future_usage": "off_session",
            "off_session": Given("true", _ASKING),
            "error_on_requires_action": Given(True, _ASKING),
        },
        id="unpaid_intent",
    ),
    "POST /v1/payment_intents/{id}/cancel": Samples({}, {"cancellation_reason": "duplicate"}, id="unpaid_intent"),
    "POST /v1/setup_intents": Samples(
        {},
        {
            **_METHODS,
            **_confirmed(_CONFIRM),
            "customer": "<customer>",
            "confirm": Given(True, {"payment_method": "pm_card_visa"}),
            "description": "D",
            "metadata": {"k": "v"},
            "usage": Given("on_session", {"customer": "<customer>"}),
        },
        then=_save_with_it,
    ),
    "POST /v1/setup_intents/{id}": Samples(
        {},
        {"customer": "<customer>", "description": "D", "metadata": {"k": "v"}, "payment_method": "pm_card_amex"},
        id="unsaved_intent",
        then=_save_with_it,
    ),
    "POST /v1/setup_intents/{id}/confirm": Samples(
        {"payment_method": "pm_card_visa", "return_url": _BACK}, _confirmed({}), id="unsaved_intent"
    ),
    "POST /v1/setup_intents/{id}/cancel": Samples({}, {"cancellation_reason": "duplicate"}, id="unsaved_intent"),
    "POST /v1/payment_methods/{id}": Samples(
        {},
        {
            "allow_redisplay": "always",
            **under("billing_details.address", ADDRESS),
            **under("billing_details", {"email": "n@example.com", "name": "Ann", "phone": "1"}),
            "card.exp_month": 7,
            "card.exp_year": 2044,
            "metadata": {"k": "v"},
        },
        id="method",
    ),
}
