"""A customer's saved payment methods: attached, made the default, updated, detached."""

from stripe_sandbox.billing import subscriptions
from stripe_sandbox.errors import CardError, StripeError, no_such
from stripe_sandbox.intents import mandates
from stripe_sandbox.objects import Body, Document, changes, documents, shapes
from stripe_sandbox.payments import payment_methods, tokens
from stripe_sandbox.payments.cards import SAVED_THEN_REFUSED, Decline
from stripe_sandbox.store import Database

SPENT = (
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a "
    "connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use "
    "a PaymentMethod multiple times, you must attach it to a Customer first."
)


def find(db: Database, id: str, *, param: str = "") -> Document:
    """The payment method with this id, or a new one for a test token. Raises StripeError."""
    found = documents.find(db, "payment_method", id) or tokens.method_of(db, id)
    if found is None:
        raise no_such("payment_method", id, param=param)
    return found


def is_spent(db: Database, method: Document) -> bool:
    """Whether it was used up: it paid without being a customer's, or was taken away from one."""
    if method.body["customer"]:
        return False
    paid = documents.about(db, "charge", "payment_method", method.id)
    return bool(method.private.get("is_detached")) or any(each.body["status"] != "failed" for each in paid)


def refusal_of(db: Database, method: Document) -> Decline | None:
    """Why its bank lets it not be saved: it refuses most of the cards that it would not let pay."""
    is_kept = method.private.get("number") == SAVED_THEN_REFUSED
    return None if is_kept else payment_methods.decline_of(db, method)


def attach(db: Database, method: Document, customer: Document, *, is_set_up: bool = False) -> None:
    """Save it with the customer, if its bank agrees. Raises StripeError, CardError."""
    if is_spent(db, method):
        raise StripeError(SPENT, param="payment_method")
    if method.body["customer"] not in (None, customer.id):
        raise StripeError(
            "The payment method you provided has already been attached to a customer.", param="payment_method"
        )
    if decline := refusal_of(db, method):
        error = {"code": decline.code, "message": decline.message, "param": "", **decline.named}
        raise CardError(error)
    payment_methods.attach(db, method, customer.id, is_set_up=is_set_up)


def update(db: Database, method: Document, fields: Body) -> None:
    """Change what is said of a method (allow_redisplay, billing_details, card, metadata), with its event."""
    if method.body["customer"] is None:
        raise StripeError("You must save this PaymentMethod to a customer before you can update it.")
    if "card" in fields and "card" not in method.body:
        raise StripeError("You cannot update `card` of a PaymentMethod that is no card.", param="card")
    merged: Body = {
        name: {**method.body[name], **fields[name]} for name in ("billing_details", "card") if name in fields
    }
    if "address" in fields.get("billing_details", {}):
        merged["billing_details"]["address"] = shapes.ADDRESS | fields["billing_details"]["address"]
    changes.update(db, method, "payment_method.updated", **{**fields, **merged})


def renew_card(db: Database, method: Document, *, exp_month: int, exp_year: int) -> None:
    """The card network tells of a new card with another expiry date, as it does for cards that run out."""
    if "card" not in method.body or method.body["customer"] is None:
        raise StripeError(f"{method.id} is no card that a customer has saved.", param="payment_method")
    card = {**method.body["card"], "exp_month": exp_month, "exp_year": exp_year}
    changes.update(db, method, "payment_method.automatically_updated", card=card)


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
    mandates.end(db, method)
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
