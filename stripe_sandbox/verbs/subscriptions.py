"""What time, staff, banks and customers do to subscriptions, and the rules for refused renewals."""

from collections.abc import Callable

from stripe_sandbox.api.acting import acting_on_named
from stripe_sandbox.api.endpoints import Call
from stripe_sandbox.api.params import Choice, Flag, Integer, Text
from stripe_sandbox.billing import (
    cancellation,
    collection,
    dunning,
    forced_declines,
    invoices,
    subscriptions,
    test_clocks,
)
from stripe_sandbox.catalogue import currencies
from stripe_sandbox.errors import CardError, StripeError
from stripe_sandbox.objects import Body, Document, documents
from stripe_sandbox.payments import payment_methods, saved_methods
from stripe_sandbox.server import scheduled
from stripe_sandbox.store import clock
from stripe_sandbox.verbs import naming
from stripe_sandbox.verbs.payments import PAYING_CARD, payer_by_card
from stripe_sandbox.verbs.verb import Given, Parameter, Verb


def renew(call: Call) -> Body:
    """Let the clock pass the end of the period and the hour after it."""
    subscription = call.named("subscription", "subscription")
    cancellation.require_alive(subscription)
    _, end = subscriptions.period_of(subscription)
    until = end + invoices.HOUR + 1
    test_clock = documents.find(call.db, test_clocks.KIND, subscription.body["test_clock"])
    if test_clock:
        test_clocks.advance(call.db, test_clock, to=until)
    else:
        clock.advance(call.db, seconds=max(0, until - clock.now(call.db)))
        scheduled.run(call.db)
    return call.named("subscription", "subscription").body


def fail_next_payment(call: Call) -> Body:
    """Decline the subscription's next payments. Returns the subscription. Raises StripeError."""
    subscription = call.named("subscription", "subscription")
    _force(call, subscription.body["customer"])
    return subscription.body


def decline_next(call: Call) -> Body:
    """Of a customer, whatever is charged: a subscription, or a payment without the buyer."""
    customer = call.named("customer", "customer")
    _force(call, customer.id)
    return customer.body


def _force(call: Call, customer_id: str) -> None:
    code = call.params.get("decline_code", "insufficient_funds")
    forced_declines.force(call.db, customer_id, decline_code=code, times=call.params.get("times", 1))


@acting_on_named("subscription")
def cancel(call: Call, subscription: Document) -> None:
    """End a subscription now, as at Stripe's dashboard. Returns it. Raises StripeError."""
    if not call.params.get("at_period_end"):
        cancellation.now(call.db, subscription, {})
        return
    cancellation.require_alive(subscription)
    fields = cancellation.planned(call.db, subscription, {"cancel_at_period_end": True})
    subscriptions.change(call.db, subscription, **fields)


@acting_on_named("subscription")
def change_card(call: Call, subscription: Document) -> None:
    """Saved and made the subscription's, as the Billing Portal does; the bank agrees to later charges."""
    customer = invoices.customer_of(call.db, subscription)
    saved_methods.save_card(call.db, customer, _card(call, customer))


def pay_invoice(call: Call) -> Body:
    """On the invoice's own page; a bank that asks is answered at once."""
    invoice = call.named("invoice", "invoice")
    with test_clocks.time_of(call.db, invoice):
        attempt = _pay(call, invoice)
    intent = invoices.intent_of(call.db, invoice)
    if attempt.error:
        raise CardError(attempt.error, intent=intent.body if intent else None)
    return invoice.body | {"payment_intent": intent.id if intent else None}


def set_dunning(call: Call) -> Body:
    """Set the rules for retrying unpaid invoices. Returns them."""
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
    """The rules for retrying unpaid invoices."""
    return dunning.current(call.db).body


def _pay(call: Call, invoice: Document) -> collection.Attempt:
    customer = invoices.customer_of(call.db, invoice)
    method = _card(call, customer)
    attempt = collection.pay_present(call.db, invoice, method)
    if attempt.needs_bank:
        is_approved = not call.params.get("fail_3ds", False)
        attempt = collection.answer_bank(call.db, invoice, is_approved=is_approved)
    return attempt


def _card(call: Call, customer: Document) -> Document:
    number = call.params.get("card", PAYING_CARD)
    payer = payer_by_card(call.db, number, customer.body["email"] or "buyer@example.com")
    return payment_methods.create(call.db, payer)


def _said(word: str) -> Callable[[Body, Given], str]:
    def say(subscription: Body, given: Given) -> str:
        ends = " at its period's end" if subscription["cancel_at_period_end"] and word == "Canceled" else ""
        return f"{word} {subscription['id']}{ends}: {subscription['status']}."

    return say


def _said_failing(body: Body, given: Given) -> str:
    times = int(given.get("times", 1))
    if times == 0:
        return f"The next payment of {body['id']} will not be refused."
    return f"The {f'next {times} payments' if times > 1 else 'next payment'} of {body['id']} will be refused."


def _said_card(subscription: Body, given: Given) -> str:
    return f"Saved card {given['card'][-4:]} for {subscription['id']}: {subscription['status']}."


def _said_invoice(invoice: Body, given: Given) -> str:
    """The last line is the PaymentIntent's id."""
    amount, card = currencies.shown(invoice["amount_paid"], invoice["currency"]), given.get("card", PAYING_CARD)
    return f"Paid {invoice['id']} {amount} with card {card[-4:]}: {invoice['status']}.\n{invoice['payment_intent']}"


def _said_dunning(rules: Body, given: Given) -> str:
    return f"retry_days={','.join(map(str, rules['retry_days']))}\nfinally={rules['finally']}"


_SUBSCRIPTION = naming.id_of("subscription")
_TIMES = Parameter("times", Integer(1, 20), "how many payments (default: 1)")
_CODE = Parameter("decline_code", Choice(tuple(forced_declines.DECLINES)), "why (default: insufficient_funds)")
_A_CARD = Parameter("card", Text(), f"(default: {PAYING_CARD})", "NUMBER")
_NEW_CARD = Parameter(
    "card", Text(), "a test card, such as 4000000000000341", "NUMBER", is_required=True, is_option=True
)
VERBS = (
    Verb(
        "renew",
        "let a subscription's period end, and what follows happen",
        (_SUBSCRIPTION,),
        renew,
        say=_said("Renewed"),
    ),
    Verb(
        "fail-next-payment",
        "have the next payment of a subscription refused",
        (_SUBSCRIPTION, _TIMES, _CODE),
        fail_next_payment,
        say=_said_failing,
    ),
    Verb(
        "decline-next",
        "have the next payment of a customer refused that is made without them",
        (
            naming.id_of("customer"),
            Parameter("times", Integer(0, 20), "how many payments (default: 1); 0 ends it"),
            _CODE,
        ),
        decline_next,
        say=_said_failing,
    ),
    Verb(
        "cancel-subscription",
        "cancel a subscription in the dashboard",
        (_SUBSCRIPTION, Parameter("at_period_end", Flag(), "let it run until then")),
        cancel,
        say=_said("Canceled"),
    ),
    Verb(
        "change-card",
        "change the card of a subscription, as its customer",
        (_SUBSCRIPTION, _NEW_CARD),
        change_card,
        say=_said_card,
    ),
    Verb(
        "pay-invoice",
        "pay an open invoice on its page",
        (naming.id_of("invoice"), _A_CARD, Parameter("fail_3ds", Flag(), "fail 3-D Secure instead of passing it")),
        pay_invoice,
        say=_said_invoice,
    ),
    Verb(
        "dunning",
        "show or set what follows a refused renewal",
        (
            Parameter(
                "retry_days", Text(clearable=True), "days from one try to the next; empty: no more tries", "N,N,..."
            ),
            Parameter("finally", Choice(dunning.ENDS), "what is left after the last try"),
        ),
        set_dunning,
        show_dunning,
        _said_dunning,
    ),
)
