"""A value for every filter of a list that keeps some of it and leaves the rest out; `<name>` is an id."""

from dataclasses import dataclass, field
from typing import Any

from stripe_sandbox.tests.support.actors import line
from stripe_sandbox.tests.support.parameters.world import TAX, World, session

# Every list has these, and they are tried on each.
PAGES = {"limit", "starting_after", "ending_before"}
TIMES = {"created.gt", "created.gte", "created.lt", "created.lte"}
# Only these may leave nothing: the sandbox has none of what they name.
LEAVING_NOTHING = {"collection_method", "recurring.usage_type", "payment.payment_intent", "/v1/invoice_payments status"}
LEAVING_NOTHING |= {"/v1/tax_rates active"}  # a rate is never closed here
# An invoice is paid by one payment, and a list of its payments has one.
OF_ONE = {"/v1/invoice_payments", "/v1/credit_notes/{id}/lines"}


@dataclass(frozen=True)
class Filters:
    values: dict[str, Any] = field(default_factory=dict)
    base: dict[str, Any] = field(default_factory=dict)
    id: str = ""


_CHARGED = {"charge": "<charge>", "payment_intent": "<paid>"}
FILTERS: dict[str, Filters] = {
    "/v1/customers": Filters({"email": "bo@example.com"}),
    "/v1/checkout/sessions": Filters(
        {
            "customer": "<usual_customer>",
            "customer_details.email": "usual@example.com",
            "payment_intent": "<paid>",
            "status": "expired",
            "subscription": "<usual>",
        }
    ),
    "/v1/checkout/sessions/{id}/line_items": Filters(id="two_lines"),
    "/v1/payment_intents": Filters({"customer": "<usual_customer>"}),
    "/v1/products": Filters({"active": True, "ids": ["<book>"], "url": "http://localhost/b"}),
    "/v1/prices": Filters(
        {
            "active": True,
            "currency": "eur",
            "lookup_keys": ["once"],
            "product": "<book>",
            "recurring.interval": "month",
            "recurring.usage_type": "metered",
            "type": "one_time",
        }
    ),
    "/v1/payment_methods": Filters({"allow_redisplay": "always", "type": "us_bank_account", "customer": "<customer>"}),
    "/v1/customers/{id}/payment_methods": Filters({"allow_redisplay": "always", "type": "link"}, id="usual_customer"),
    "/v1/subscriptions": Filters(
        {
            "collection_method": "send_invoice",
            "customer": "<usual_customer>",
            "price": "<max>",
            "status": "past_due",
            "test_clock": "<clock>",
        }
    ),
    "/v1/subscription_items": Filters({"subscription": "<planned>"}, {"subscription": "<usual>"}),
    "/v1/subscription_schedules": Filters({"customer": "<planned_customer>"}),
    "/v1/invoices": Filters(
        {
            "collection_method": "send_invoice",
            "customer": "<usual_customer>",
            "status": "draft",
            "subscription": "<usual>",
        }
    ),
    "/v1/invoices/{id}/lines": Filters(id="two_line_invoice"),
    "/v1/invoice_payments": Filters(
        {"payment.payment_intent": "<paid>", "status": "paid", "invoice": "<two_line_invoice>"},
        {"invoice": "<owed>", "payment": {"type": "payment_intent"}},
    ),
    "/v1/invoiceitems": Filters({"customer": "<usual_customer>", "invoice": "<two_line_invoice>", "pending": True}),
    "/v1/billing_portal/configurations": Filters({"active": False, "is_default": True}),
    "/v1/setup_intents": Filters({"customer": "<usual_customer>", "payment_method": "<set_up>"}),
    "/v1/test_helpers/test_clocks": Filters(),
    "/v1/charges": Filters({"customer": "<usual_customer>", "payment_intent": "<paid>", "transfer_group": "g"}),
    "/v1/refunds": Filters(_CHARGED),
    "/v1/credit_notes": Filters({"customer": "<invoice_customer>", "invoice": "<invoice>"}),
    "/v1/credit_notes/{id}/lines": Filters(id="note"),
    "/v1/customers/{id}/tax_ids": Filters(id="usual_customer"),
    "/v1/tax_rates": Filters({"active": False, "inclusive": True}),
    "/v1/disputes": Filters(_CHARGED),
    "/v1/radar/early_fraud_warnings": Filters(_CHARGED),
    "/v1/promotion_codes": Filters({"code": "HALF50", "coupon": "FREE100"}),
    "/v1/coupons": Filters(),
    "/v1/balance_transactions": Filters({"currency": "eur", "source": "<charge>", "type": "refund"}),
    "/v1/events": Filters({"delivery_success": False, "type": "charge.*", "types": ["customer.created"]}),
    "/stripe-sandbox/api/events": Filters(),
}


def fill_lists(world: World, known: dict[str, str]) -> None:
    """At least two of everything, of which each filter keeps one."""
    call, do, usual = world.call, world.do, known["usual_customer"]
    call("POST", "/v1/products", {"name": "Linked", "url": "http://localhost/b"})
    call("POST", "/v1/prices", {"currency": "eur", "unit_amount": 900, "product": known["book"]})
    known["two_lines"] = session(world, line_items=[line(), line(900)])["id"]
    do("pay", session=session(world, payment_intent_data={"transfer_group": "g"})["id"])
    kept = {"customer": usual, "payment_method_data": {"allow_redisplay": "always"}}
    do("pay", session=session(world, **kept, payment_intent_data={"setup_future_usage": "off_session"})["id"])
    by_link = session(world, customer=usual, payment_intent_data={"setup_future_usage": "off_session"})
    world.send(by_link["url"], action="link")
    known["set_up"] = _portal(world, known)
    _papers(world, known)
    call("POST", "/v1/test_helpers/test_clocks", {"frozen_time": 1})
    call("POST", "/v1/subscription_schedules", {"from_subscription": known["unpaid"]})
    do("warn", payment_intent=known["paid"])
    do("warn", payment_intent=known["slow"])
    do("convert", payment_intent=known["slow"], settled="eur:3000")
    do("refund", payment_intent=known["paid"], amount=100)
    do("dispute", payment_intent=known["paid"])
    call("POST", f"/v1/subscriptions/{known['usual']}", {"items": [{"price": known["max"]}]})
    do("advance", days=32)
    known["two_line_invoice"] = call("GET", f"/v1/subscriptions/{known['usual']}")["latest_invoice"]
    charge = {"amount": 500, "currency": "usd", "customer": known["planned_customer"]}
    call("POST", "/v1/invoiceitems", {**charge, "subscription": known["planned"]})
    world.sandbox.config.webhook_url = "http://127.0.0.1:9/never-called"
    call("POST", "/v1/customers")


def _papers(world: World, known: dict[str, str]) -> None:
    """A second credit note, two tax IDs of one customer, and tax rates of both kinds."""
    note = {"invoice": known["invoice"], "amount": 100, "out_of_band_amount": 100}
    world.call("POST", "/v1/credit_notes", note)
    update = {"address": "auto", "name": "auto"}
    for tax_id in ("DE123456789", "DE987654321"):
        taxed = session(world, **TAX, customer=known["usual_customer"], customer_update=update)
        world.do("pay", session=taxed["id"], country="DE", tax_id=tax_id)
    inclusive = line()
    inclusive["price_data"]["tax_behavior"] = "inclusive"
    world.do("pay", session=session(world, **TAX, line_items=[inclusive])["id"])


def _portal(world: World, known: dict[str, str]) -> str:
    """Two cards saved there, in two configurations, and a third that is not in use; gives the method of the first."""
    made = {"features": {"invoice_history": {"enabled": True}}}
    unused = world.call("POST", "/v1/billing_portal/configurations", made)["id"]
    world.call("POST", f"/v1/billing_portal/configurations/{unused}", {"active": False})
    for customer in (known["usual_customer"], known["planned_customer"]):
        address = world.call("POST", "/v1/billing_portal/sessions", {"customer": customer})["url"]
        world.send(f"{address}/card", number="4242424242424242", expiry="12 / 40", cvc="123", name="Ann")
    found = world.call("GET", "/v1/setup_intents")["data"]
    return str([one for one in found if one["payment_method"]][-1]["payment_method"])
