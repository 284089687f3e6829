"""What buyers and their banks do: pay an open session, let a payment from a bank account arrive, or send it back."""

from collections.abc import Callable

from stripe_sandbox.api.endpoints import Call
from stripe_sandbox.api.params import Flag, Text
from stripe_sandbox.catalogue import currencies, taxes
from stripe_sandbox.checkout import billing_details, forms, paying, promotion_codes
from stripe_sandbox.errors import CardError, StripeError
from stripe_sandbox.objects import Body, Document
from stripe_sandbox.payments import bank_debits, banks
from stripe_sandbox.payments.payment_methods import Payer
from stripe_sandbox.store import Database, clock
from stripe_sandbox.verbs import naming
from stripe_sandbox.verbs.verb import Given, Parameter, Verb

PAYING_CARD = "4242424242424242"
_BUYER_EMAIL = "buyer@example.com"
_WHERE = ("country", "postal_code", "tax_id")


def pay(call: Call) -> Body:
    """Pay as a buyer would on the hosted page, or save the card in setup mode. A bank that asks is answered at once.

    A refusal is a 402.

    The answer is the session, and names the PaymentIntent also where it is that of a subscription's first invoice.
    """
    if "bank" in call.params and "card" in call.params:
        raise StripeError("You may only specify one of these parameters: bank, card.", param="bank")
    session = paying.open_session(call.db, call.params["session"])
    if "code" in call.params:
        promotion_codes.apply(call.db, session, call.params["code"])
    _say_where(call, session)
    email = (session.body["customer_details"] or {}).get("email") or _BUYER_EMAIL
    if session.body["amount_total"] == 0:
        outcome = paying.pay_nothing(call.db, session, email=email)
    else:
        outcome = paying.pay(call.db, session, _payer(call, email), saves=call.params.get("save", False))
    if outcome.bank_page:
        is_approved = not call.params.get("fail_3ds", False)
        outcome = paying.answer_bank(call.db, session, is_approved=is_approved)
    intent = paying.intent_begun(call.db, session)
    if outcome.error:
        raise CardError(outcome.error, intent=intent.body if intent else None)
    call.await_event = outcome.completed_event
    is_paid = intent and intent.kind == "payment_intent"
    return session.body | {"payment_intent": intent.id if intent and is_paid else None}


def _say_where(call: Call, session: Document) -> None:
    """A session that works out tax must know where the buyer is: at home, if nothing is said."""
    told = {name: call.params[name] for name in _WHERE if name in call.params}
    if told or billing_details.are_missing(session):
        details = {"country": taxes.HOME, "postal_code": "10001", "tax_id": "", **told}
        billing_details.enter(call.db, session, **details)


def settle(call: Call) -> Body:
    """A bank debit arrives. Returns the session, or the PaymentIntent where none was. Raises StripeError."""
    return bank_debits.settle(call.db, naming.debit(call)).body


def bounce(call: Call) -> Body:
    """A bank debit is returned; answers as `settle` does."""
    return bank_debits.bounce(call.db, naming.debit(call)).body


def _payer(call: Call, email: str) -> Payer:
    """The card's number is checked as the hosted page checks it; date and code are always good ones."""
    if "bank" in call.params:
        account = banks.account(call.params["bank"].replace(" ", ""))
        if account is None:
            raise StripeError(f"{call.params['bank']} is none of Stripe's test bank accounts.", param="bank")
        return Payer(email, "Test Buyer", None, account)
    return payer_by_card(call.db, call.params.get("card", PAYING_CARD), email)


def payer_by_card(db: Database, number: str, email: str) -> Payer:
    """A payer with this card number and email address. Raises StripeError for a malformed number."""
    code = "1234" if number.startswith(("34", "37")) else "123"
    form = forms.read_card(
        {"email": email, "number": number, "expiry": "12 / 40", "cvc": code, "name": ""}, now=clock.now(db)
    )
    if form.card is None:
        raise StripeError(" ".join(form.errors.values()), code="invalid_number", param="card")
    return Payer(email, None, form.card)


def _said_paid(session: Body, given: Given) -> str:
    """The last line is the PaymentIntent's id, if there was something to pay; or the SetupIntent's."""
    if session["setup_intent"]:
        return f"Saved a card in {session['id']}: {session['status']}.\n{session['setup_intent']}"
    total = currencies.shown(session["amount_total"], session["currency"])
    card, bank = given.get("card", PAYING_CARD), given.get("bank")
    means = f" from bank account {bank[-4:]}" if bank else f" with card {card[-4:]}"
    verb = "Sent off" if session["payment_status"] == "unpaid" else "Paid"
    state = f"{session['status']}/{session['payment_status']}"
    made = f"\n{session['payment_intent']}" if session["payment_intent"] else ""
    return f"{verb} {session['id']} {total}{means if session['amount_total'] else ''}: {state}.{made}"


def _said_ended(word: str) -> Callable[[Body, Given], str]:
    def say(paid: Body, given: Given) -> str:
        state = f"{paid['status']}/{paid['payment_status']}" if "payment_status" in paid else paid["status"]
        return f"{word} {paid['id']}: {state}."

    return say


VERBS = (
    Verb(
        "pay",
        "pay an open Checkout Session, or save a card in one",
        (
            naming.id_of("session"),
            Parameter("card", Text(), f"a test card (default: {PAYING_CARD})", "NUMBER"),
            Parameter("bank", Text(), "a test bank account, such as 000123456789", "NUMBER"),
            Parameter("fail_3ds", Flag(), "a card that asks for 3-D Secure: fail instead of approve"),
            Parameter("save", Flag(), "tick that the payment method is saved, where the page offers it"),
            Parameter("code", Text(), "a promotion code, such as FREE100 or HALF50", "CODE"),
            Parameter("country", Text(longest=2), "where the buyer is, for automatic tax (default: US)", "CODE"),
            Parameter("postal_code", Text(longest=20), "the buyer's postal code, for automatic tax", "CODE"),
            Parameter("tax_id", Text(longest=30), "the tax ID of a business, such as DE123456789", "ID"),
        ),
        pay,
        say=_said_paid,
    ),
    Verb("settle", "let a payment from a bank account arrive", (naming.SESSION,), settle, say=_said_ended("Settled")),
    Verb("bounce", "send a payment from a bank account back", (naming.SESSION,), bounce, say=_said_ended("Bounced")),
)
