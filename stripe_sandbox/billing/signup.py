"""A buyer starts a subscription on the hosted checkout page.

The subscription and its first invoice are made at the first attempt to pay and kept for the next ones; the session
names them once it is complete.
"""

from stripe_sandbox.billing import collection, invoices, lines, subscriptions
from stripe_sandbox.catalogue import customers
from stripe_sandbox.objects import documents
from stripe_sandbox.objects.documents import Document
from stripe_sandbox.payments import payment_methods
from stripe_sandbox.store.store import Database
from stripe_sandbox.webhooks.events import Cause


def intent_of(db: Database, session: Document, *, cause: Cause) -> Document:
    """The PaymentIntent of the first invoice."""
    subscription = documents.find(db, "subscription", session.private.get("subscription", ""))
    if subscription is None or subscription.body["status"] != "incomplete":
        _start(db, session, cause=cause)
    intent = documents.find(db, "payment_intent", session.private["invoice_intent"])
    if intent is None:
        raise LookupError(session.private["invoice_intent"])
    return intent


def paid(db: Database, session: Document, method: Document, *, cause: Cause) -> None:
    """The first payment went through, with this method; nothing for a session that sells no subscription."""
    if session.body["mode"] != "subscription":
        return
    invoice = _invoice(db, session)
    subscription = subscriptions.found(db, session.private["subscription"])
    subscription.body["default_payment_method"] = method.id
    documents.save(db, subscription)
    payment_methods.attach(db, method, session.body["customer"], is_set_up=True, cause=cause)
    collection.settle(db, invoice, cause=cause)
    session.body |= {"subscription": subscription.id, "invoice": invoice.id}


def refused(db: Database, session: Document, *, cause: Cause) -> None:
    """Keep the session open for another card after its first payment was refused."""
    if session.body["mode"] == "subscription":
        collection.refuse(db, _invoice(db, session), is_automatic=False, cause=cause)


def give_up(db: Database, session: Document, *, cause: Cause) -> None:
    """The session has expired: nobody can pay what was begun there."""
    subscription = documents.find(db, "subscription", session.private.get("subscription", ""))
    if subscription and subscription.body["status"] == "incomplete":
        subscriptions.expire(db, subscription, cause=cause)


def _start(db: Database, session: Document, *, cause: Cause) -> None:
    customer = invoices.customer_of(db, session.body["customer"])
    data = session.private["subscription_data"]
    wanted = [(item["price"], item["quantity"]) for item in session.private["line_items"]]
    metadata = customers.merged_metadata({}, data.get("metadata") or {})
    subscription = subscriptions.create(
        db, customer, wanted, cause=cause, metadata=metadata, description=data.get("description")
    )
    whole = [lines.of_item(db, subscription, item) for item in subscriptions.items_of(subscription)]
    invoice = invoices.draft(db, subscription, whole, reason="subscription_create", cause=cause)
    subscription.body["latest_invoice"] = invoice.id
    documents.save(db, subscription)
    # The page said what is to pay, so the customer's credit waits for the next invoice.
    invoices.finalize(db, invoice, uses_credit=False, cause=cause)
    session.private |= {
        "subscription": subscription.id,
        "first_invoice": invoice.id,
        "invoice_intent": invoice.private["payment_intent"],
    }
    documents.save(db, session)


def _invoice(db: Database, session: Document) -> Document:
    found = documents.find(db, "invoice", session.private["first_invoice"])
    if found is None:
        raise LookupError(session.private["first_invoice"])
    return found
