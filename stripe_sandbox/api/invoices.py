"""/v1/invoices, /v1/invoice_payments and /v1/invoiceitems"""

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import CREATED, PAGING, Query, page, page_within
from stripe_sandbox.api.params import Choice, Flag, Integer, Kind, Listing, Shape, Text, Unsupported
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
from stripe_sandbox.objects import documents
from stripe_sandbox.objects.documents import Body, Document

_SUBSCRIPTION_PATH = "$.parent.subscription_details.subscription"
_FILTERS: dict[str, Kind] = {
    "collection_method": Choice(("charge_automatically", "send_invoice")),
    "customer": Text(),
    "due_date": Unsupported(),
    "status": Choice(("draft", "open", "paid", "uncollectible", "void")),
    "subscription": Text(),
}
_CHANGES = Shape(
    {
        **{
            name: Unsupported()
            for name in (
                "billing_cycle_anchor billing_mode billing_schedules cancel_at cancel_at_period_end cancel_now "
                "default_tax_rates metadata pause resume_at start_date trial_end"
            ).split()
        },
        "items": Listing(ITEM, most=20),
        "proration_behavior": PRORATION,
        "proration_date": Integer(),
    }
)
_PREVIEW: dict[str, Kind] = {
    **{
        name: Unsupported()
        for name in (
            "automatic_tax currency customer_account customer_details discounts invoice_items issuer on_behalf_of "
            "schedule schedule_details"
        ).split()
    },
    "customer": Text(),
    "preview_mode": Unsupported(unless=("next",)),
    "subscription": Text(),
    "subscription_details": _CHANGES,
}
_PAY: dict[str, Kind] = {
    **{name: Unsupported(unless=("false",)) for name in ("forgive", "paid_out_of_band")},
    **{name: Unsupported() for name in ("mandate", "source")},
    "off_session": Unsupported(unless=("true",)),
    "payment_method": Text(),
}
_CHARGE: dict[str, Kind] = {
    **{
        name: Unsupported()
        for name in (
            "customer_account discountable discounts invoice metadata period price_data pricing quantity "
            "quantity_decimal tax_behavior tax_code tax_rates unit_amount_decimal"
        ).split()
    },
    "amount": Integer(),
    "currency": Text(),
    "customer": Text(),
    "description": Text(),
    "subscription": Text(),
}
_PAYMENT_FILTERS: dict[str, Kind] = {
    "invoice": Text(),
    "payment": Shape(
        {"payment_intent": Text(), "payment_record": Unsupported(), "type": Choice(("payment_intent",))},
        required=("type",),
    ),
    "status": Choice(("canceled", "open", "paid")),
}


def retrieve(call: Call) -> Body:
    """The invoice with the call's id, as Stripe's object. Raises StripeError (404)."""
    return call.document("invoice").body


def listed(call: Call) -> Body:
    """A page of invoices, newest first, filtered by the call's parameters, as a list object. Raises StripeError."""
    paths = {name: f"$.{name}" for name in ("collection_method", "customer", "status")}
    query = Query("invoice").matching(call.params, {**paths, "subscription": _SUBSCRIPTION_PATH})
    return page(call.db, query, call.params, url=call.path)


def lines(call: Call) -> Body:
    """A page of invoice lines, newest first, filtered by the call's parameters, as a list object.

    Raises StripeError.
    """
    return page_within(call.document("invoice").body["lines"]["data"], call.params, url=call.path)


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


def pay(call: Call) -> Body:
    """With the saved payment method, or another one of the customer's."""
    invoice = call.document("invoice")
    with test_clocks.time_of(call.db, invoice):
        method = _method(call, invoice)
        if invoice.body["status"] == "draft":
            attempt = collection.finalize_and_collect(call.db, invoice, method=method, cause=call.cause)
        else:
            attempt = collection.collect(call.db, invoice, is_automatic=False, method=method, cause=call.cause)
    if not attempt.is_paid:
        raise _refusal(call, invoice, attempt.error)
    return call.document("invoice").body


def finalize(call: Call) -> Body:
    """Finalize the invoice with the call's id, as the parameters say; returns Stripe's object. Raises StripeError."""
    invoice = call.document("invoice")
    if invoice.body["status"] != "draft":
        raise StripeError("This invoice is already finalized, you can't re-finalize it.", param="invoice")
    with test_clocks.time_of(call.db, invoice):
        if call.params.get("auto_advance", invoice.body["auto_advance"]):
            collection.finalize_and_collect(call.db, invoice, cause=call.cause)
        else:
            collection.finalize_only(call.db, invoice, cause=call.cause)
    return call.document("invoice").body


def void(call: Call) -> Body:
    """Void the invoice with the call's id, as the parameters say; returns Stripe's object. Raises StripeError."""
    invoice = call.document("invoice")
    with test_clocks.time_of(call.db, invoice):
        invoices.void(call.db, invoice, cause=call.cause)
    return invoice.body


def retrieve_payment(call: Call) -> Body:
    """The invoice payment with the call's id, as Stripe's object. Raises StripeError (404)."""
    return call.document("invoice_payment").body


def listed_payments(call: Call) -> Body:
    """A page of invoice payments, newest first, filtered by the call's parameters, as a list object.

    Raises StripeError.
    """
    params = call.params
    if "invoice" not in params and "payment_intent" not in params.get("payment", {}):
        raise StripeError("You must pass `invoice` or `payment[payment_intent]`.", param="invoice")
    query = Query("invoice_payment").matching(params, {"invoice": "$.invoice", "status": "$.status"})
    query.matching(params.get("payment", {}), {"payment_intent": "$.payment.payment_intent"})
    return page(call.db, query, params, url=call.path)


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
            call.db, subscription, amount=params["amount"], description=params.get("description"), cause=call.cause
        )


def retrieve_item(call: Call) -> Body:
    """The invoice item with the call's id, as Stripe's object. Raises StripeError (404)."""
    return call.document("invoiceitem").body


def listed_items(call: Call) -> Body:
    """A page of invoice items, newest first, filtered by the call's parameters, as a list object.

    Raises StripeError.
    """
    query = Query("invoiceitem").matching(call.params, {"customer": "$.customer", "invoice": "$.invoice"})
    if "pending" in call.params:
        query.where(f"json_extract(body, '$.invoice') IS {'' if call.params['pending'] else 'NOT '}NULL")
    return page(call.db, query, call.params, url=call.path)


def _method(call: Call, invoice: Document) -> Document | None:
    if "payment_method" not in call.params:
        return None
    method = documents.find(call.db, "payment_method", call.params["payment_method"])
    if method is None or method.body["customer"] != invoice.body["customer"]:
        raise no_such("PaymentMethod", call.params["payment_method"], param="payment_method", status=400)
    return method


def _refusal(call: Call, invoice: Document, error: Body | None) -> StripeError:
    """A card error keeps what the attempt recorded."""
    intent = invoices.intent_of(call.db, invoice)
    asks = {
        "code": "invoice_payment_intent_requires_action",
        "message": "The payment for this invoice requires additional user action before it can be completed.",
    }
    return CardError(error or asks, payment_intent=intent.body if intent else {})


ENDPOINTS = [
    Endpoint("GET", "/v1/invoices", listed, {**PAGING, **CREATED, **_FILTERS}),
    Endpoint("POST", "/v1/invoices/create_preview", preview, _PREVIEW),
    Endpoint("GET", "/v1/invoices/{id}", retrieve),
    Endpoint("GET", "/v1/invoices/{id}/lines", lines, PAGING),
    Endpoint("POST", "/v1/invoices/{id}/pay", pay, _PAY),
    Endpoint("POST", "/v1/invoices/{id}/finalize", finalize, {"auto_advance": Flag()}),
    Endpoint("POST", "/v1/invoices/{id}/void", void),
    Endpoint("GET", "/v1/invoice_payments", listed_payments, {**PAGING, **CREATED, **_PAYMENT_FILTERS}),
    Endpoint("GET", "/v1/invoice_payments/{id}", retrieve_payment),
    Endpoint(
        "GET",
        "/v1/invoiceitems",
        listed_items,
        {**PAGING, **CREATED, "customer": Text(), "invoice": Text(), "pending": Flag()},
    ),
    Endpoint(
        "POST",
        "/v1/invoiceitems",
        charge_once,
        _CHARGE,
        required=("amount", "currency", "customer", "subscription"),
    ),
    Endpoint("GET", "/v1/invoiceitems/{id}", retrieve_item),
]
