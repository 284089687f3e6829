"""A customer's saved payment methods: attached, made the default, detached.

Stripe's tokens such as `pm_card_visa` stand for a new method with the test card of that name.
"""

from stripe_sandbox.billing import subscriptions
from stripe_sandbox.errors import CardError, no_such
from stripe_sandbox.objects import Document, changes, documents
from stripe_sandbox.payments import payment_methods
from stripe_sandbox.payments.cards import SAVED_THEN_REFUSED, Card
from stripe_sandbox.payments.payment_methods import Payer
from stripe_sandbox.store import Database

_TOKENS = {
    "pm_card_amex": "378282246310005",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_authenticationRequiredOnSetup": "4000002500003155",
    "pm_card_chargeCustomerFail": SAVED_THEN_REFUSED,
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_visa": "4242424242424242",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
}


def find(db: Database, id: str) -> Document:
    """The payment method with this id, or a new one for a test token. Raises StripeError."""
    found = documents.find(db, "payment_method", id)
    if found is None and id in _TOKENS:
        payer = Payer("", None, Card(_TOKENS[id], exp_month=12, exp_year=2040))
        found = payment_methods.create(db, payer)
        found.body["billing_details"]["email"] = None
    if found is None:
        raise no_such("payment_method", id)
    return found


def attach(db: Database, method: Document, customer: Document, *, is_set_up: bool = False) -> None:
    """Its bank is asked first, and refuses most of the cards that it would not let pay."""
    decline = payment_methods.decline_of(method)
    if decline and method.private.get("number") != SAVED_THEN_REFUSED:
        error = {"code": decline.code, "message": decline.message, "param": "", **decline.named}
        raise CardError(error, payment_intent={})
    payment_methods.attach(db, method, customer.id, is_set_up=is_set_up)


def save_card(db: Database, customer: Document, method: Document) -> None:
    """A new card for everything that is still to be paid: the customer's default, and each subscription's."""
    attach(db, method, customer, is_set_up=True)
    make_default(db, customer, method.id)
    for subscription in documents.about(db, "subscription", "customer", customer.id):
        if subscription.body["status"] not in subscriptions.OVER:
            subscriptions.change(db, subscription, default_payment_method=method.id)


def detach(db: Database, method: Document) -> None:
    """Nothing is charged with it any more, so it is nobody's default either."""
    customer = documents.find(db, "customer", method.body["customer"])
    payment_methods.detach(db, method)
    for subscription in documents.about(db, "subscription", "default_payment_method", method.id):
        subscriptions.change(db, subscription, default_payment_method=None)
    if customer and customer.body["invoice_settings"]["default_payment_method"] == method.id:
        make_default(db, customer, None)


def make_default(db: Database, customer: Document, method_id: str | None) -> None:
    """Make a payment method the customer's default for invoices, with its event."""
    settings = {**customer.body["invoice_settings"], "default_payment_method": method_id}
    changes.update(db, customer, "customer.updated", invoice_settings=settings)


def of_customer(db: Database, customer_id: str) -> list[Document]:
    """The customer's payment methods, oldest first."""
    return documents.about(db, "payment_method", "customer", customer_id)
