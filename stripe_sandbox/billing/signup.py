"""A buyer starts a subscription on the hosted checkout page.

The subscription and its first invoice are made at the first attempt to pay and kept for the next ones; the session
names them once it is complete.
"""

from stripe_sandbox.billing import collection, invoices, lines, subscriptions
from stripe_sandbox.checkout import billing_details
from stripe_sandbox.objects import Document, documents
from stripe_sandbox.payments import payment_methods
from stripe_sandbox.store import Database


def intent_of(db: Database, session: Document) -> Document:
    """The PaymentIntent of the first invoice."""
    subscription = documents.find(db, "subscription", session.private.get("subscription"))
    if subscription is None or subscription.body["status"] != "incomplete":
        _start(db, session)
    return documents.require(db, "payment_intent", session.private["invoice_intent"])


def paid(db: Database, session: Document, method: Document) -> None:
    """The first payment went through, with this method; nothing for a session that sells no subscription."""
    if session.body["mode"] != "subscription":
        return
    invoice = _invoice(db, session)
    subscription = subscriptions.found(db, session.private["subscription"])
    subscription.body["default_payment_method"] = method.id
    documents.save(db, subscription)
    payment_methods.attach(db, method, session.body["customer"], is_set_up=True)
    collection.settle(db, invoice)
    session.body |= {"subscription": subscription.id, "invoice": invoice.id}


def refused(db: Database, session: Document) -> None:
    """The session stays open for another card."""
    if session.body["mode"] == "subscription":
        collection.refuse(db, _invoice(db, session), is_automatic=False)


def give_up(db: Database, session: Document) -> None:
    """The session has expired: nobody can pay what was begun there."""
    subscription = documents.find(db, "subscription", session.private.get("subscription"))
    if subscription and subscription.body["status"] == "incomplete":
        subscriptions.expire(db, subscription)


def _start(db: Database, session: Document) -> None:
    billing_details.keep(db, session)  # the first invoice has the tax of that place
    customer = invoices.customer_of(db, session)
    data = session.private["subscription_data"]
    wanted = [(item["price"], item["quantity"]) for item in session.private["line_items"]]
    named = {name: data.get(name) for name in ("description", "metadata")}
    if session.body["automatic_tax"]["enabled"]:
        named["automatic_tax"] = {"disabled_reason": None, "enabled": True, "liability": {"type": "self"}}
    subscription = subscriptions.create(db, customer, wanted, **named)
    whole = [lines.of_item(db, subscription, item) for item in subscriptions.items_of(subscription)]
    invoice = invoices.draft(db, subscription, whole, reason="subscription_create")
    subscription.body["latest_invoice"] = invoice.id
    documents.save(db, subscription)
    # The page said what is to pay, so the customer's credit waits for the next invoice.
    invoices.finalize(db, invoice, uses_credit=False)
    session.private |= {
        "subscription": subscription.id,
        "first_invoice": invoice.id,
        "invoice_intent": invoice.private["payment_intent"],
    }
    documents.save(db, session)


def _invoice(db: Database, session: Document) -> Document:
    return documents.require(db, "invoice", session.private["first_invoice"])
