"""Invoice payments: which PaymentIntent pays which invoice. open -> paid | canceled."""

from stripe_sandbox.objects import documents, ids, shapes
from stripe_sandbox.objects.documents import Body, Document
from stripe_sandbox.store import clock
from stripe_sandbox.store.store import Database
from stripe_sandbox.webhooks import events
from stripe_sandbox.webhooks.events import Cause


def ask(db: Database, invoice: Document, intent: Document) -> None:
    """Add an open payment of the invoice by this PaymentIntent."""
    body = shapes.new(
        "invoice_payment",
        id=ids.new("invoice_payment"),
        created=clock.now(db),
        amount_requested=intent.body["amount"],
        currency=intent.body["currency"],
        invoice=invoice.id,
        payment={"payment_intent": intent.id, "type": "payment_intent"},
    )
    documents.add(db, Document("invoice_payment", body))


def pay(db: Database, invoice: Document, *, cause: Cause) -> None:
    """Mark the open payments of the invoice as paid."""
    for payment in _open(db, invoice):
        payment.body |= {"amount_paid": payment.body["amount_requested"], "status": "paid"}
        payment.body["status_transitions"]["paid_at"] = clock.now(db)
        documents.save(db, payment)
        events.record(db, "invoice_payment.paid", payment, cause=cause)


def cancel(db: Database, invoice: Document) -> None:
    """Mark the open payments of the invoice as canceled. Stripe has no event for this."""
    for payment in _open(db, invoice):
        payment.body["status"] = "canceled"
        payment.body["status_transitions"]["canceled_at"] = clock.now(db)
        documents.save(db, payment)


def listing(db: Database, invoice_id: str) -> Body:
    """The expanded `payments` of an invoice, as a list object."""
    found = documents.about(db, "invoice_payment", "invoice", invoice_id)
    data = [payment.body for payment in found]
    return {"object": "list", "data": data, "has_more": False, "url": f"/v1/invoice_payments?invoice={invoice_id}"}


def _open(db: Database, invoice: Document) -> list[Document]:
    found = documents.about(db, "invoice_payment", "invoice", invoice.id)
    return [payment for payment in found if payment.body["status"] == "open"]
