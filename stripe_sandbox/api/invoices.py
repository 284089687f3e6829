"""/v1/invoices, /v1/invoice_payments and /v1/invoiceitems"""

from collections.abc import Mapping
from typing import Any

from stripe_sandbox.api.acting import acting_on
from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import PAGING, Query, page_within
from stripe_sandbox.api.params import Choice, Flag, Integer, Kind, Listing, Shape, Text, Unsupported, each, refused
from stripe_sandbox.api.resources import resource
from stripe_sandbox.api.subscription_params import ITEM, PRORATION
from stripe_sandbox.billing import (
    cancellation,
    collection,
    invoice_items,
    invoices,
    previews,
    subscriptions,
    test_clocks,
)
from stripe_sandbox.billing.item_changes import Terms
from stripe_sandbox.errors import CardError, StripeError, missing, no_such
from stripe_sandbox.objects import Body, Document

_FILTERS: dict[str, Kind] = {
    "collection_method": Choice(("charge_automatically", "send_invoice")),
    "customer": Text(),
    "due_date": Unsupported(),
    "status": Choice(("draft", "open", "paid", "uncollectible", "void")),
}
_CHANGES = Shape(
    {
        **refused(
            "billing_cycle_anchor billing_mode billing_schedules cancel_at cancel_at_period_end cancel_now "
            "default_tax_rates metadata pause resume_at start_date trial_end"
        ),
        "items": Listing(ITEM, most=20),
        "proration_behavior": PRORATION,
        "proration_date": Integer(),
    }
)
_PREVIEW: dict[str, Kind] = {
    **refused(
        "automatic_tax currency customer_account customer_details discounts invoice_items issuer on_behalf_of "
        "schedule schedule_details"
    ),
    **each("customer subscription", Text()),
    "preview_mode": Unsupported(unless=("next",)),
    "subscription_details": _CHANGES,
}
_PAY: dict[str, Kind] = {
    **refused("forgive paid_out_of_band", unless=("false",)),
    **refused("mandate source"),
    "off_session": Unsupported(unless=("true",)),
    "payment_method": Text(),
}
_CHARGE: dict[str, Kind] = {
    **refused(
        "customer_account discountable discounts invoice metadata period price_data pricing quantity "
        "quantity_decimal tax_behavior tax_code tax_rates unit_amount_decimal"
    ),
    "amount": Integer(),
    **each("currency customer description subscription", Text()),
}
_PAYMENT_FILTERS: dict[str, Kind] = {
    "invoice": Text(),
    "payment": Shape(
        {"payment_intent": Text(), "payment_record": Unsupported(), "type": Choice(("payment_intent",))},
        required=("type",),
    ),
    "status": Choice(("canceled", "open", "paid")),
}


def _narrow(query: Query, params: Mapping[str, Any]) -> None:
    query.has("$.parent.subscription_details.subscription", params.get("subscription"))


def lines(call: Call) -> Body:
    """A page of invoice lines, newest first, filtered by the call's parameters, as a list object.

    Raises StripeError.
    """
    return page_within(call.document("invoice").body["lines"]["data"], call.params, call.path)


def preview(call: Call) -> Body:
    """Preview the invoice with the call's id, as the parameters say; returns Stripe's object. Raises StripeError."""
    params = call.params
    if "subscription" not in params:
        raise missing("subscription")
    subscription = subscriptions.found(call.db, params["subscription"])
    if params.get("customer", subscription.body["customer"]) != subscription.body["customer"]:
        raise StripeError("The subscription does not belong to this customer.", param="subscription")
    cancellation.require_alive(subscription)
    details = params.get("subscription_details", {})
    proration = details.get("proration_behavior", "create_prorations")
    terms = Terms(proration=proration, at=details.get("proration_date"))
    with test_clocks.time_of(call.db, subscription):
        if not details:
            return previews.upcoming(call.db, subscription)
        return previews.of_change(call.db, subscription, details.get("items", []), terms)


@acting_on("invoice")
def pay(call: Call, invoice: Document) -> None:
    """With the saved payment method, or another one of the customer's."""
    method = _method(call, invoice)
    if invoice.body["status"] == "draft":
        attempt = collection.finalize_and_collect(call.db, invoice, method=method)
    else:
        attempt = collection.collect(call.db, invoice, is_automatic=False, method=method)
    if not attempt.is_paid:
        raise _refusal(call, invoice, attempt.error)


@acting_on("invoice")
def finalize(call: Call, invoice: Document) -> None:
    """Finalize the invoice with the call's id, as the parameters say; returns Stripe's object. Raises StripeError."""
    if invoice.body["status"] != "draft":
        raise StripeError("This invoice is already finalized, you can't re-finalize it.", param="invoice")
    if call.params.get("auto_advance", invoice.body["auto_advance"]):
        collection.finalize_and_collect(call.db, invoice)
    else:
        collection.finalize_only(call.db, invoice)


@acting_on("invoice")
def void(call: Call, invoice: Document) -> None:
    """Void the invoice with the call's id, as the parameters say; returns Stripe's object. Raises StripeError."""
    invoices.void(call.db, invoice)


def charge_once(call: Call) -> Body:
    """Only beside a subscription, with whose next invoice it is charged."""
    params = call.params
    subscription = subscriptions.found(call.db, params["subscription"])
    if params["customer"] != subscription.body["customer"]:
        raise StripeError("The subscription does not belong to this customer.", param="subscription")
    if params["currency"] != subscription.body["currency"]:
        raise StripeError("The currency must be the subscription's.", param="currency")
    with test_clocks.time_of(call.db, subscription):
        return invoice_items.charge(
            call.db, subscription, amount=params["amount"], description=params.get("description")
        )


def _narrow_payments(query: Query, params: Mapping[str, Any]) -> None:
    if "invoice" not in params and "payment_intent" not in params.get("payment", {}):
        raise StripeError("You must pass `invoice` or `payment[payment_intent]`.", param="invoice")


def _narrow_items(query: Query, params: Mapping[str, Any]) -> None:
    if "pending" in params:
        query.where(f"json_extract(body, '$.invoice') IS {'' if params['pending'] else 'NOT '}NULL")


def _method(call: Call, invoice: Document) -> Document | None:
    if "payment_method" not in call.params:
        return None
    method = call.named("payment_method", "payment_method")
    if method.body["customer"] != invoice.body["customer"]:
        raise no_such("payment_method", method.id, param="payment_method")
    return method


def _refusal(call: Call, invoice: Document, error: Body | None) -> StripeError:
    """A card error keeps what the attempt recorded."""
    intent = invoices.intent_of(call.db, invoice)
    asks = {
        "code": "invoice_payment_intent_requires_action",
        "message": "The payment for this invoice requires additional user action before it can be completed.",
    }
    return CardError(error or asks, intent=intent.body if intent else None)


ENDPOINTS = [
    *resource("invoice", "/v1/invoices", _FILTERS, special={"subscription": Text()}, narrow=_narrow),
    Endpoint("POST", "/v1/invoices/create_preview", preview, _PREVIEW),
    Endpoint("GET", "/v1/invoices/{id}/lines", lines, PAGING),
    Endpoint("POST", "/v1/invoices/{id}/pay", pay, _PAY),
    Endpoint("POST", "/v1/invoices/{id}/finalize", finalize, {"auto_advance": Flag()}),
    Endpoint("POST", "/v1/invoices/{id}/void", void),
    *resource("invoice_payment", "/v1/invoice_payments", _PAYMENT_FILTERS, narrow=_narrow_payments),
    *resource(
        "invoiceitem",
        "/v1/invoiceitems",
        each("customer invoice", Text()),
        special={"pending": Flag()},
        narrow=_narrow_items,
    ),
    Endpoint(
        "POST", "/v1/invoiceitems", charge_once, _CHARGE, required=("amount", "currency", "customer", "subscription")
    ),
]
