"""Invoice payments: which PaymentIntent pays which invoice. open -> paid | canceled."""

from stripe_sandbox.objects import Body, Document, changes, documents
from stripe_sandbox.store import Database, clock


def ask(db: Database, invoice: Document, intent: Document) -> None:
    """Add an open payment of the invoice by this PaymentIntent."""
    changes.make(
        db,
        "invoice_payment",
        amount_requested=intent.body["amount"],
        currency=intent.body["currency"],
        invoice=invoice.id,
        payment={"payment_intent": intent.id, "type": "payment_intent"},
    )


def pay(db: Database, invoice: Document) -> None:
    """Mark the open payments of the invoice as paid."""
    for payment in _open(db, invoice):
        payment.body["status_transitions"]["paid_at"] = clock.now(db)
        amount = payment.body["amount_requested"]
        changes.change(db, payment, "invoice_payment.paid", amount_paid=amount, status="paid")


def cancel(db: Database, invoice: Document) -> None:
    """Mark the open payments of the invoice as canceled. Stripe has no event for this."""
    for payment in _open(db, invoice):
        payment.body["status"] = "canceled"
        payment.body["status_transitions"]["canceled_at"] = clock.now(db)
        documents.save(db, payment)


def listing(db: Database, invoice_id: str) -> Body:
    """The expanded `payments` of an invoice, as a list object."""
    found = documents.about(db, "invoice_payment", "invoice", invoice_id)
    return documents.listing([payment.body for payment in found], f"/v1/invoice_payments?invoice={invoice_id}")


def _open(db: Database, invoice: Document) -> list[Document]:
    found = documents.about(db, "invoice_payment", "invoice", invoice.id)
    return [payment for payment in found if payment.body["status"] == "open"]
