"""/stripe-sandbox/api: what no API of Stripe's can do, for `manage.py stripe_sandbox` and for tests.

The same key, parameters and errors as the rest of the API.
"""

from stripe_sandbox import bank_debits, banks, clock, deliveries, payments, promotion_codes
from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.params import Flag, Integer, Text
from stripe_sandbox.card_form import read
from stripe_sandbox.documents import Body
from stripe_sandbox.errors import CardError, StripeError
from stripe_sandbox.payment_methods import Payer
from stripe_sandbox.store import Database

_BUYER_EMAIL = "buyer@example.com"


def pay(call: Call) -> Body:
    """Pay as a buyer would on the hosted page; a bank that asks is answered at once. A refusal is a 402."""
    session = payments.open_session(call.db, call.params["session"])
    if "code" in call.params:
        promotion_codes.apply(call.db, session, call.params["code"])
    email = (session.body["customer_details"] or {}).get("email") or _BUYER_EMAIL
    if session.body["amount_total"] == 0:
        outcome = payments.pay_nothing(call.db, session, email=email, cause=call.cause)
    else:
        outcome = payments.pay(call.db, session, _payer(call, email), cause=call.cause)
    if outcome.bank_page:
        is_approved = not call.params.get("fail_3ds", False)
        outcome = payments.answer_bank(call.db, session, is_approved=is_approved, cause=call.cause)
    if outcome.error:
        intent = payments.intent_of(call.db, session, cause=call.cause)
        raise CardError(outcome.error, payment_intent=intent.body)
    call.await_event = outcome.completed_event
    return session.body


def settle(call: Call) -> Body:
    return bank_debits.settle(call.db, bank_debits.of_session(call.db, call.params["session"]), cause=call.cause).body


def bounce(call: Call) -> Body:
    return bank_debits.bounce(call.db, bank_debits.of_session(call.db, call.params["session"]), cause=call.cause).body


def resend(call: Call) -> Body:
    return deliveries.resend(call.db, call.params["event"])


def listed(call: Call) -> Body:
    return {"object": "list", "data": deliveries.latest(call.db, limit=call.params.get("limit", 20))}


def _payer(call: Call, email: str) -> Payer:
    """The card's number is checked as the hosted page checks it; date and code are always good ones."""
    if "bank" in call.params:
        account = banks.account(call.params["bank"])
        if account is None:
            raise StripeError(f"{call.params['bank']} is none of Stripe's test bank accounts.", param="bank")
        return Payer(email, "Test Buyer", None, account)
    return payer_by_card(call.db, call.params.get("card", "4242424242424242"), email)


def payer_by_card(db: Database, number: str, email: str) -> Payer:
    code = "1234" if number.startswith(("34", "37")) else "123"
    form = read({"email": email, "number": number, "expiry": "12 / 40", "cvc": code, "name": ""}, now=clock.now(db))
    if form.card is None:
        raise StripeError(" ".join(form.errors.values()), code="invalid_number", param="card")
    return Payer(email, None, form.card)


ENDPOINTS = [
    Endpoint(
        "POST",
        "/stripe-sandbox/api/pay",
        pay,
        {"session": Text(), "bank": Text(), "card": Text(), "code": Text(), "fail_3ds": Flag()},
        required=("session",),
    ),
    Endpoint("POST", "/stripe-sandbox/api/settle", settle, {"session": Text()}, required=("session",)),
    Endpoint("POST", "/stripe-sandbox/api/bounce", bounce, {"session": Text()}, required=("session",)),
    Endpoint("POST", "/stripe-sandbox/api/resend", resend, {"event": Text()}, required=("event",)),
    Endpoint("GET", "/stripe-sandbox/api/events", listed, {"limit": Integer(1, 1000)}),
]
