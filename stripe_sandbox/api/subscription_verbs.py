"""What time, staff, banks and customers do to subscriptions: /stripe-sandbox/api."""

from stripe_sandbox import clock, documents, due, payment_methods, saved_methods
from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.params import Choice, Flag, Integer, Text
from stripe_sandbox.api.verbs import payer_by_card
from stripe_sandbox.billing import (
    cancellation,
    collection,
    dunning,
    forced_declines,
    invoices,
    subscriptions,
    test_clocks,
)
from stripe_sandbox.documents import Body, Document
from stripe_sandbox.errors import CardError, StripeError, no_such

_SUBSCRIPTION = {"subscription": Text()}


def renew(call: Call) -> Body:
    """Let the clock pass the end of the period and the hour after it."""
    subscription = _subscription(call)
    cancellation.require_alive(subscription)
    _, end = subscriptions.period_of(subscription)
    until = end + invoices.HOUR + 1
    test_clock = documents.find(call.db, "test_helpers.test_clock", subscription.body["test_clock"] or "")
    if test_clock:
        test_clocks.advance(call.db, test_clock, to=until, cause=call.cause)
    else:
        clock.advance(call.db, seconds=max(0, until - clock.now(call.db)))
        due.run(call.db)
    return _subscription(call).body


def fail_next_payment(call: Call) -> Body:
    subscription, params = _subscription(call), call.params
    code = params.get("decline_code", "insufficient_funds")
    forced_declines.force(call.db, subscription.body["customer"], decline_code=code, times=params.get("times", 1))
    return subscription.body


def cancel(call: Call) -> Body:
    subscription = _subscription(call)
    with test_clocks.time_of(call.db, subscription):
        if call.params.get("at_period_end"):
            cancellation.require_alive(subscription)
            fields = cancellation.planned(call.db, subscription, {"cancel_at_period_end": True})
            subscriptions.change(call.db, subscription, cause=call.cause, **fields)
        else:
            cancellation.now(call.db, subscription, {}, cause=call.cause)
    return _subscription(call).body


def change_card(call: Call) -> Body:
    """Saved and made the subscription's, as the Billing Portal does; the bank agrees to later charges."""
    subscription = _subscription(call)
    customer = invoices.customer_of(call.db, subscription.body["customer"])
    with test_clocks.time_of(call.db, subscription):
        saved_methods.save_card(call.db, customer, _card(call, customer), cause=call.cause)
    return _subscription(call).body


def pay_invoice(call: Call) -> Body:
    """On the invoice's own page; a bank that asks is answered at once."""
    invoice = documents.find(call.db, "invoice", call.params["invoice"])
    if invoice is None:
        raise no_such("invoice", call.params["invoice"], param="invoice")
    with test_clocks.time_of(call.db, invoice):
        attempt = _pay(call, invoice)
    if attempt.error:
        intent = invoices.intent_of(call.db, invoice)
        raise CardError(attempt.error, payment_intent=intent.body if intent else {})
    return invoice.body


def set_dunning(call: Call) -> Body:
    known = dunning.current(call.db)
    days = known.retry_days
    if "retry_days" in call.params:
        parts = [part.strip() for part in call.params["retry_days"].split(",") if part.strip()]
        if not all(part.isdigit() and 1 <= int(part) <= 60 for part in parts) or len(parts) > 8:
            raise StripeError("Name up to 8 numbers of days, such as 3,5,7.", param="retry_days")
        days = [int(part) for part in parts]
    rules = dunning.Rules(days, call.params.get("finally", known.finally_))
    return dunning.set_rules(call.db, rules).body


def show_dunning(call: Call) -> Body:
    return dunning.current(call.db).body


def _pay(call: Call, invoice: Document) -> collection.Attempt:
    customer = invoices.customer_of(call.db, invoice.body["customer"])
    method = _card(call, customer)
    attempt = collection.pay_present(call.db, invoice, method, cause=call.cause)
    if attempt.needs_bank:
        is_approved = not call.params.get("fail_3ds", False)
        attempt = collection.answer_bank(call.db, invoice, is_approved=is_approved, cause=call.cause)
    return attempt


def _card(call: Call, customer: Document) -> Document:
    number = call.params.get("card", "4242424242424242")
    payer = payer_by_card(call.db, number, customer.body["email"] or "buyer@example.com")
    return payment_methods.create(call.db, payer, customer=None, now=clock.now(call.db))


def _subscription(call: Call) -> Document:
    found = documents.find(call.db, "subscription", call.params["subscription"])
    if found is None:
        raise no_such("subscription", call.params["subscription"], param="subscription")
    return found


ENDPOINTS = [
    Endpoint("POST", "/stripe-sandbox/api/renew", renew, _SUBSCRIPTION, required=("subscription",)),
    Endpoint(
        "POST",
        "/stripe-sandbox/api/fail-next-payment",
        fail_next_payment,
        {**_SUBSCRIPTION, "decline_code": Choice(tuple(forced_declines.DECLINES)), "times": Integer(1, 20)},
        required=("subscription",),
    ),
    Endpoint(
        "POST",
        "/stripe-sandbox/api/cancel-subscription",
        cancel,
        {**_SUBSCRIPTION, "at_period_end": Flag()},
        required=("subscription",),
    ),
    Endpoint(
        "POST",
        "/stripe-sandbox/api/change-card",
        change_card,
        {**_SUBSCRIPTION, "card": Text()},
        required=("subscription", "card"),
    ),
    Endpoint(
        "POST",
        "/stripe-sandbox/api/pay-invoice",
        pay_invoice,
        {"invoice": Text(), "card": Text(), "fail_3ds": Flag()},
        required=("invoice",),
    ),
    Endpoint("GET", "/stripe-sandbox/api/dunning", show_dunning),
    Endpoint(
        "POST",
        "/stripe-sandbox/api/dunning",
        set_dunning,
        {"retry_days": Text(clearable=True), "finally": Choice(dunning.ENDS)},
    ),
]
