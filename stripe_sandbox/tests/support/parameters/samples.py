"""A value for every parameter that the API accepts: the table of test_every_parameter.py.

A parameter that is required has another value in `base`.
"""

from typing import Any

from stripe_sandbox.objects.shapes import EVIDENCE
from stripe_sandbox.tests.support.actors import line
from stripe_sandbox.tests.support.parameters.intents import INTENTS
from stripe_sandbox.tests.support.parameters.values import (
    AMOUNT,
    CUSTOMER,
    FEATURES,
    INTERVALS,
    PHASES,
    PORTAL,
    PRICE,
    PRODUCT,
    SESSION,
    UNPRORATED,
    Given,
    Samples,
    item_values,
    let_days_pass,
    live_under_it,
    look_at_portal,
    open_portal,
    pay_and_look,
    priced,
    renew,
    under,
)
from stripe_sandbox.tests.support.parameters.verb_samples import VERBS
from stripe_sandbox.tests.support.parameters.world import DAY, NOW

# What Stripe itself only writes down and shows again, wherever it is; else with the path before it.
STORED = [
    *"*metadata *.description *nickname *address.* *shipping.* *tax_code *unit_label *tax_behavior".split(),
    *"*.name *lookup_key *images *statement_descriptor *transfer_group *receipt_email".split(),
    *"cancellation_details.* cancellation_reason evidence.*".split(),
    # Of these what matters is what is made of them later (test_invoices.py, test_subscriptions.py, test_sessions.py).
    "/v1/customers* *",
    "/v1/prices* *",
    "/v1/products* *",
    *"* description|* active|* client_reference_id|* integration_identifier|* intended_submission_method".split("|"),
    *"/v1/refunds reason|/v1/billing_portal/configurations* default_return_url".split("|"),
    "/v1/test_helpers/test_clocks name",
    *"* invoice_creation.invoice_data.*|/v1/credit_notes* memo|/v1/credit_notes reason".split("|"),
    "* mandate_data.customer_acceptance.*",
    "/stripe-sandbox/api/pay postal_code",
    "/stripe-sandbox/api/dispute currency",
    "/v1/checkout/sessions payment_method_collection",  # a subscription that costs something always collects one
]
# Taken in the one way in which nothing is asked for; other values are refused.
ASKING_FOR_NOTHING = [
    "/v1/checkout/sessions billing_address_collection",
    "/v1/checkout/sessions ui_mode",
    "* locale",
    "/v1/invoice_payments payment.type",
]


def canceling(**after: Any) -> dict[str, Any]:
    """A portal session for canceling only, and what follows."""
    wanted = {"subscription": "<usual>"}
    return {"flow_data": {"type": "subscription_cancel", "subscription_cancel": wanted, "after_completion": after}}


_AFTER, _AWAY = "flow_data.after_completion", {"type": "redirect", "redirect": {"return_url": "http://localhost/x"}}
_FLOW = "flow_data.subscription_update_confirm"
_CONFIRMED = {"type": "subscription_update_confirm", "subscription_update_confirm": {"subscription": "<usual>"}}
_CONFIRMED["subscription_update_confirm"]["items"] = [{"id": "<item>", "price": "<max>"}]  # type: ignore[index]
_PREVIEW = "subscription_details"
_CHARGE = {"amount": 500, "currency": "usd", "customer": "<usual_customer>", "subscription": "<usual>"}

SAMPLES: dict[str, Samples] = {
    "POST /v1/customers": Samples({}, {**CUSTOMER, "test_clock": "<clock>"}),
    "POST /v1/customers/{id}": Samples({}, CUSTOMER, id="customer"),
    "POST /v1/checkout/sessions": Samples(
        {"mode": "payment", "success_url": "http://localhost/thanks", "line_items": [line()]},
        SESSION,
        then=pay_and_look,
    ),
    **INTENTS,
    "POST /v1/products": Samples(
        {"name": "Thing", "default_price_data": {"currency": "usd", "unit_amount": 900}},
        {
            **PRODUCT,
            **priced("default_price_data", {**AMOUNT, **INTERVALS, "metadata": {"k": "v"}}),
            "id": "own",
            "type": "good",
        },
    ),
    "POST /v1/products/{id}": Samples({}, {**PRODUCT, "default_price": "<once>"}, id="book"),
    "POST /v1/prices": Samples(
        {"currency": "usd", "unit_amount": 900, "product_data": {"name": "Thing"}},
        {
            **AMOUNT,
            **INTERVALS,
            **PRICE,
            "product": Given("<book>", instead_of=("product_data",)),
            **under(
                "product_data",
                {
                    "active": False,
                    "id": "own",
                    "metadata": {"k": "v"},
                    "name": "Other",
                    "statement_descriptor": "BOOK",
                    "tax_code": "t",
                    "unit_label": "seat",
                },
            ),
        },
    ),
    "POST /v1/prices/{id}": Samples({}, PRICE, id="plus"),
    "POST /v1/payment_methods/{id}/attach": Samples(
        {"customer": "<customer>"}, {"customer": "<stranger>"}, id="method"
    ),
    "POST /v1/subscriptions/{id}": Samples(
        {},
        {
            "cancel_at": NOW + 40 * DAY,
            "cancel_at_period_end": True,
            "cancellation_details.comment": "C",
            "cancellation_details.feedback": "unused",
            "default_payment_method": "<other_method>",
            "description": "D",
            **item_values("items"),
            "metadata": {"k": "v"},
            "payment_behavior": Given(
                "pending_if_incomplete",
                {"items": [{"id": "<unpaid_item>", "price": "<max>"}], "proration_behavior": "always_invoice"},
                id="unpaid",
            ),
            "proration_behavior": Given("none", {"items": [{"id": "<item>", "price": "<max>"}]}),
            "proration_date": Given(NOW + DAY, {"items": [{"id": "<item>", "price": "<max>"}]}),
        },
        id="usual",
        then=renew,
    ),
    "DELETE /v1/subscriptions/{id}": Samples(
        {}, {"cancellation_details.comment": "C", "cancellation_details.feedback": "unused"}, id="usual"
    ),
    "POST /v1/subscription_schedules": Samples({}, {"from_subscription": "<usual>"}),
    "POST /v1/subscription_schedules/{id}": Samples(
        PHASES,
        {
            "end_behavior": "cancel",
            "metadata": {"k": "v"},
            "phases.currency": "eur",
            "phases.description": "D",
            "phases.duration.interval": "week",
            "phases.duration.interval_count": 2,
            "phases.end_date": NOW + 12 * DAY,
            "phases.items.price": "<max>",
            "phases.items.quantity": 2,
            "phases.metadata": {"k": "v"},
            "phases.proration_behavior": UNPRORATED,
            "phases.start_date": NOW - DAY,
            "proration_behavior": Given("none", {"phases.items": [{"price": "<max>"}]}),
        },
        id="schedule",
        then=let_days_pass,
    ),
    "POST /v1/invoices/create_preview": Samples(
        {"subscription": "<usual>"},
        {
            "customer": "<stranger>",
            "subscription": "<planned>",
            **under(
                _PREVIEW,
                {
                    name: Given(
                        one.value, under(_PREVIEW, one.beside), tuple(f"{_PREVIEW}.{each}" for each in one.instead_of)
                    )
                    for name, one in item_values("items").items()
                },
            ),
            f"{_PREVIEW}.proration_behavior": Given(
                "none", {f"{_PREVIEW}.items": [{"id": "<item>", "price": "<max>"}]}
            ),
            f"{_PREVIEW}.proration_date": Given(NOW + DAY, {f"{_PREVIEW}.items": [{"id": "<item>", "price": "<max>"}]}),
        },
    ),
    "POST /v1/invoices/{id}/pay": Samples({}, {"payment_method": "<unpaid_method>"}, id="owed"),
    "POST /v1/invoices/{id}/finalize": Samples({}, {"auto_advance": False}, id="draft"),
    "POST /v1/invoiceitems": Samples(
        _CHARGE,
        {
            "amount": 700,
            "currency": "eur",
            "customer": "<stranger>",
            "description": "D",
            "subscription": "<planned>",
        },
        then=renew,
    ),
    "POST /v1/billing_portal/sessions": Samples(
        {"customer": "<usual_customer>"},
        {
            "configuration": "<configuration>",
            "customer": "<planned_customer>",
            f"{_AFTER}.hosted_confirmation.custom_message": Given("So it is", canceling(type="hosted_confirmation")),
            f"{_AFTER}.redirect.return_url": Given("http://localhost/there", canceling(**_AWAY)),
            f"{_AFTER}.type": Given("portal_homepage", canceling(**_AWAY)),
            "flow_data.subscription_cancel.subscription": Given(
                "<usual>", {"flow_data": {"type": "subscription_cancel"}}
            ),
            "flow_data.subscription_update.subscription": Given(
                "<usual>", {"flow_data": {"type": "subscription_update"}}
            ),
            f"{_FLOW}.subscription": Given("<planned>", {"flow_data": _CONFIRMED}),
            f"{_FLOW}.items.id": Given("<unpaid_item>", {"flow_data": _CONFIRMED}),
            f"{_FLOW}.items.price": Given("<plus>", {"flow_data": _CONFIRMED}),
            f"{_FLOW}.items.quantity": Given(3, {"flow_data": _CONFIRMED}),
            "flow_data.type": "payment_method_update",
            "locale": "en",
            "return_url": "http://localhost/home",
        },
        then=look_at_portal,
    ),
    "POST /v1/billing_portal/configurations": Samples(FEATURES, PORTAL, then=open_portal),
    "POST /v1/billing_portal/configurations/{id}": Samples(
        FEATURES, {**PORTAL, "active": False}, id="configuration", then=open_portal
    ),
    "POST /v1/test_helpers/test_clocks": Samples(
        {"frozen_time": NOW}, {"frozen_time": NOW + 1, "name": "N"}, then=live_under_it
    ),
    "POST /v1/test_helpers/test_clocks/{id}/advance": Samples(
        {"frozen_time": NOW + 50 * DAY}, {"frozen_time": NOW + 70 * DAY}, id="clock"
    ),
    "POST /v1/credit_notes": Samples(
        {"invoice": "<invoice>", "amount": 500, "out_of_band_amount": 500},
        {
            "amount": 600,
            "invoice": "<other_invoice>",
            "memo": "M",
            "metadata": {"k": "v"},
            "out_of_band_amount": 400,
            "reason": "duplicate",
            "refunds.amount_refunded": Given(
                400, {"refunds": [{"refund": "<invoiced_refund>"}], "out_of_band_amount": 100}
            ),
            "refunds.refund": Given("<invoiced_refund>", instead_of=("out_of_band_amount",)),
        },
    ),
    "POST /v1/credit_notes/{id}": Samples({}, {"memo": "M", "metadata": {"k": "v"}}, id="note"),
    "POST /v1/refunds": Samples(
        {"payment_intent": "<paid>"},
        {
            "amount": 100,
            "charge": Given("<slow_charge>", instead_of=("payment_intent",)),
            "metadata": {"k": "v"},
            "payment_intent": "<slow>",
            "reason": "fraudulent",
        },
    ),
    "POST /v1/refunds/{id}": Samples({}, {"metadata": {"k": "v"}}, id="refund"),
    "POST /v1/disputes/{id}": Samples(
        {},
        {
            **under("evidence", dict.fromkeys(EVIDENCE, "E")),
            "evidence.appeal.card.reason_for_filing": "R",
            "evidence.appeal.card.supporting_files": ["file_1"],
            "intended_submission_method": "manual",
            "metadata": {"k": "v"},
            "submit": Given(False, {"evidence": {"product_description": "P"}}),
        },
        id="dispute",
    ),
    **VERBS,
}
