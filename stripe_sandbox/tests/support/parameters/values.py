"""Values of parameters, by what they are about, and what is looked at afterwards. `<name>` is an id of the world's."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stripe_sandbox.tests.support.actors import line
from stripe_sandbox.tests.support.parameters.world import DAY, NOW, World

Then = Callable[[World, Any, dict[str, str]], None]


@dataclass(frozen=True)
class Given:
    """`beside` is given in both runs; `instead_of` is left out where the parameter is given.

    `id` and `then` stand in for those of the endpoint; `at` for the parameter's name, where it is in no first element.
    """

    value: Any
    beside: dict[str, Any] = field(default_factory=dict)
    instead_of: tuple[str, ...] = ()
    id: str = ""
    then: Then | None = None
    at: str = ""

    def change(self, name: str) -> dict[str, Any]:
        return {**dict.fromkeys(self.instead_of), self.at or name: self.value}


class Samples:
    def __init__(
        self,
        base: dict[str, Any] | None = None,
        values: dict[str, Any] | None = None,
        *,
        id: str = "",
        then: Then = lambda world, answer, known: None,
        is_told: bool = False,
    ) -> None:
        self.base, self.id, self.then, self.is_told = base or {}, id, then, is_told
        self.values = {name: one if isinstance(one, Given) else Given(one) for name, one in (values or {}).items()}


def under(name: str, values: dict[str, Any]) -> dict[str, Any]:
    return {f"{name}.{inner}": value for inner, value in values.items()}


ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), "X")
CUSTOMER: dict[str, Any] = {
    **under("address", ADDRESS),
    **under("shipping.address", {name: Given(value, {"shipping.name": "Ann"}) for name, value in ADDRESS.items()}),
    "business_name": "Ann's",
    "description": "D",
    "email": "c@example.com",
    "individual_name": "Ann",
    "invoice_settings.default_payment_method": "<method>",
    "invoice_settings.footer": "Thanks",
    "metadata": {"k": "v"},
    "name": "Cy",
    "phone": "1",
    "preferred_locales": ["de"],
    "shipping.name": Given("Bo", {"shipping.address.city": "X", "shipping.name": "Ann"}),
    "shipping.phone": Given("1", {"shipping.address.city": "X", "shipping.name": "Ann"}),
    "tax_exempt": "exempt",
}
AMOUNT: dict[str, Any] = {
    "currency": "eur",
    "tax_behavior": "inclusive",
    "unit_amount": 4321,
    "unit_amount_decimal": Given("12.5", instead_of=("unit_amount",)),
}
INTERVALS: dict[str, Any] = {
    "recurring.interval": "year",
    "recurring.interval_count": Given(2, {"recurring.interval": "month"}),
}


def priced(where: str, values: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a price, wherever they are."""

    def moved(one: Any) -> Given:
        one = one if isinstance(one, Given) else Given(one)
        names = tuple(f"{where}.{name}" for name in one.instead_of)
        return Given(one.value, under(where, one.beside), names)

    return under(where, {name: moved(value) for name, value in values.items()})


def pay_and_look(world: World, session: Any, known: dict[str, str]) -> None:
    """The buyer sees the page, and pays as somebody with a name."""
    if not (address := session.get("url")):
        return
    world.look(address)
    if session["automatic_tax"]["enabled"]:
        told = {"tax_id": "DE123456789"} if "tax_id_collection" in session else {}
        world.send(f"{address}/billing-details", country="DE", postal_code="10115", **told)
        world.look(address)
    card = {"number": "4242424242424242", "expiry": "12 / 40", "cvc": "123", "email": "x@example.com", "name": "Xi"}
    world.send(address, action="card", **card)
    world.look(address)


def renew(world: World, answer: Any, known: dict[str, str]) -> None:
    """A month goes by."""
    world.do("advance", days=32)


def let_days_pass(world: World, answer: Any, known: dict[str, str]) -> None:
    world.do("advance", days=100)


def let_hours_pass(world: World, answer: Any, known: dict[str, str]) -> None:
    world.do("advance", hours=3)


def live_under_it(world: World, test_clock: Any, known: dict[str, str]) -> None:
    world.call("POST", "/v1/customers", {"test_clock": test_clock["id"]})


def fail_and_renew(world: World, answer: Any, known: dict[str, str]) -> None:
    world.do("fail-next-payment", subscription=known["usual"], times=9)
    world.do("advance", days=60)


def look_at_portal(world: World, session: Any, known: dict[str, str]) -> None:
    if address := session.get("url"):
        world.look(address)
        world.send(f"{address}/plans/{known['usual']}", price=known["max"])
        world.send(f"{address}/plans/{known['usual']}/cancel")


def open_portal(world: World, configuration: Any, known: dict[str, str]) -> None:
    asked = {"customer": known["usual_customer"], "configuration": configuration.get("id", "")}
    session = world.call("POST", "/v1/billing_portal/sessions", asked)
    if address := session.get("url"):
        world.look(address)
        world.look(f"{address}/plans/{known['usual']}")
        world.look(f"{address}/plans/{known['usual']}?price={known['max']}")
        world.look(f"{address}/plans/{known['usual']}/cancel")
        world.send(f"{address}/plans/{known['usual']}/cancel")


def be_told(world: World, answer: Any, known: dict[str, str]) -> None:
    for _ in range(4):
        world.call("POST", "/v1/customers")
    world.deliver()


def charge_it(world: World, answer: Any, known: dict[str, str]) -> None:
    """The saved card pays, unless it has run out."""
    given = {"amount": 900, "currency": "usd", "customer": known["customer"], "payment_method": known["method"]}
    given |= {"confirm": True, "off_session": True, "return_url": "http://localhost/back"}
    world.call("POST", "/v1/payment_intents", given)


def call_twice(world: World, answer: Any, known: dict[str, str]) -> None:
    world.call("POST", "/v1/customers")
    world.call("GET", "/v1/customers")


ITEM = {"currency": "usd", "product": "<max_product>", "recurring": {"interval": "month"}, "unit_amount": 3000}


def item_values(where: str) -> dict[str, Any]:
    """The parameters of a subscription's changed items."""
    changed = {where: [{"id": "<item>", "price_data": ITEM}]}
    data = {
        "currency": "eur",
        "product": "<book>",
        "recurring.interval": "year",
        "recurring.interval_count": 2,
        "tax_behavior": "inclusive",
        "unit_amount": 4000,
    }
    decimal = Given("12.5", changed, (f"{where}.price_data.unit_amount",))
    return under(
        where,
        {
            **under("price_data", {name: Given(value, changed) for name, value in data.items()}),
            "price_data.unit_amount_decimal": decimal,
            "deleted": Given(True, {where: [{"id": "<item>"}]}),
            "id": Given("<item>", {where: [{"price": "<max>"}]}),
            "price": Given("<max>", {where: [{"id": "<item>"}]}),
            "quantity": Given(3, {where: [{"id": "<item>"}]}),
        },
    )


SHIPPED = {"payment_intent_data.shipping": {"name": "Ann", "address": {"line1": "X"}}}
RECURRING_LINE = {
    "mode": "subscription",
    "line_items": [{**line(), "price_data": {**line()["price_data"], "recurring": {"interval": "month"}}}],
}
TAXED = {"automatic_tax.enabled": True}
INVOICED = {"invoice_creation.enabled": True}
_SETUP = {"mode": "setup", "line_items": None, "currency": "usd"}
SESSION: dict[str, Any] = {
    **TAXED,
    **INVOICED,
    "customer_update.address": Given("auto", {"customer": "<placed>", **TAXED}),
    **under(
        "invoice_creation.invoice_data",
        {
            "custom_fields.name": Given(
                "Order", {**INVOICED, "invoice_creation.invoice_data.custom_fields.value": "7"}
            ),
            "custom_fields.value": Given(
                "8", {**INVOICED, "invoice_creation.invoice_data.custom_fields.name": "Order"}
            ),
            "description": Given("D", INVOICED),
            "footer": Given("F", INVOICED),
            "metadata": Given({"k": "v"}, INVOICED),
        },
    ),
    "tax_id_collection.enabled": Given(True, TAXED),
    "allow_promotion_codes": True,
    "allowed_payment_method_types": ["card"],
    "billing_address_collection": "auto",
    "branding_settings.display_name": "The Shop",
    "cancel_url": "http://localhost/no",
    "client_reference_id": "7",
    "currency": Given("eur", _SETUP),
    **under("setup_intent_data", {"description": Given("D", _SETUP), "metadata": Given({"k": "v"}, _SETUP)}),
    "custom_text.after_submit.message": "Afterwards",
    "custom_text.submit.message": "Before",
    "customer": "<customer>",
    "customer_creation": "always",
    "customer_email": "dee@example.com",
    "customer_update.name": Given("auto", {"customer": "<customer>"}),
    "excluded_payment_method_types": ["us_bank_account"],
    "expires_at": Given(NOW + 7200, then=let_hours_pass),
    "integration_identifier": "i",
    "line_items.metadata": {"k": "v"},
    "line_items.price": Given("<once>", instead_of=("line_items.price_data",)),
    **priced("line_items.price_data", AMOUNT),
    **under("line_items.price_data", {"product": Given("<book>", instead_of=("line_items.price_data.product_data",))}),
    "line_items.price_data.recurring.interval": Given("year", RECURRING_LINE),
    "line_items.price_data.recurring.interval_count": Given(2, RECURRING_LINE),
    **under(
        "line_items.price_data.product_data",
        {
            "description": "D",
            "images": ["http://localhost/i"],
            "metadata": {"k": "v"},
            "name": "Other",
            "tax_code": "t",
            "unit_label": "seat",
        },
    ),
    "line_items.quantity": 2,
    "locale": "en",
    "metadata": {"k": "v"},
    "mode": "subscription",
    **under("payment_intent_data.shipping.address", {name: Given("Y", SHIPPED) for name in ADDRESS}),
    **under("payment_intent_data.shipping", {name: Given("Y", SHIPPED) for name in ("carrier", "name", "phone")}),
    "payment_intent_data.shipping.tracking_number": Given("Y", SHIPPED),
    **under(
        "payment_intent_data",
        {
            "description": "D",
            "metadata": {"k": "v"},
            "receipt_email": "r@example.com",
            "setup_future_usage": Given("off_session", {"customer": "<customer>"}),
            "statement_descriptor": "SHOP",
            "statement_descriptor_suffix": "BOOK",
            "transfer_group": "g",
        },
    ),
    "payment_method_collection": Given("if_required", RECURRING_LINE),
    "payment_method_data.allow_redisplay": "always",
    "payment_method_options.card.setup_future_usage": Given("off_session", {"customer": "<customer>"}),
    "saved_payment_method_options.payment_method_save": "enabled",
    "submit_type": "donate",
    **under("subscription_data", {"description": Given("D", RECURRING_LINE)}),
    "subscription_data.metadata": Given({"k": "v"}, RECURRING_LINE),
    "success_url": "http://localhost/other",
    "ui_mode": "hosted_page",
    "wallet_options.link.display": "never",
}
PRODUCT: dict[str, Any] = {
    "active": False,
    "description": "D",
    "images": ["http://localhost/i"],
    "marketing_features.name": "Fast",
    "metadata": {"k": "v"},
    "name": "Other",
    "statement_descriptor": "BOOK",
    "tax_code": "t",
    "unit_label": "seat",
    "url": "http://localhost/b",
}
PRICE = {
    "active": False,
    "lookup_key": "another",
    "metadata": {"k": "v"},
    "nickname": "n",
    "tax_behavior": "inclusive",
    "transfer_lookup_key": Given(True, {"lookup_key": "once"}),
}
_FIRST: dict[str, Any] = {"items": [{"price": "<plus>"}], "duration": {"interval": "month"}}
_SHORT: dict[str, Any] = {"items": [{"price": "<plus>"}], "end_date": NOW + 12 * DAY}
_SECOND: dict[str, Any] = {"items": [{"price": "<max>"}]}
PHASES = {"phases": [_FIRST, _SECOND]}
UNPRORATED = Given([_SHORT, _SECOND | {"proration_behavior": "none"}], {"phases": [_SHORT, _SECOND]}, at="phases")
PORTAL: dict[str, Any] = {
    "business_profile.headline": "H",
    "business_profile.privacy_policy_url": "http://localhost/privacy",
    "business_profile.terms_of_service_url": "http://localhost/terms",
    "default_return_url": "http://localhost/back",
    "metadata": {"k": "v"},
    "name": "Portal of ours",
    **under(
        "features",
        {
            "invoice_history.enabled": True,
            "payment_method_update.enabled": True,
            "subscription_cancel.cancellation_reason.enabled": False,
            "subscription_cancel.cancellation_reason.options": ["unused"],
            "subscription_cancel.enabled": False,
            "subscription_cancel.mode": "immediately",
            "subscription_update.default_allowed_updates": "",
            "subscription_update.enabled": False,
            "subscription_update.products.prices": ["<plus>"],
            "subscription_update.products.product": "<book>",
            "subscription_update.proration_behavior": "always_invoice",
        },
    ),
}
_OFFERS = [{"product": "<max_product>", "prices": ["<max>"]}]
_UPDATES = {"enabled": True, "default_allowed_updates": ["price"], "products": _OFFERS}
_CANCEL = {"enabled": True, "cancellation_reason": {"enabled": True, "options": ["other"]}}
FEATURES = {"features": {"subscription_update": _UPDATES, "subscription_cancel": _CANCEL}}
