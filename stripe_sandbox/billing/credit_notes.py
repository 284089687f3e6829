"""Credit notes: what was taken back of a paid invoice, for refunds that were made of its payment.

Their sum never exceeds what was paid, and no part of a refund stands on two of them. Drafts, and invoices that are
still open, have none here.
"""

from typing import Any

from stripe_sandbox.catalogue import currencies
from stripe_sandbox.errors import StripeError, unsupported
from stripe_sandbox.objects import Body, Document, changes, documents, ids, shapes
from stripe_sandbox.store import Database, clock
from stripe_sandbox.webhooks import events

KIND = "credit_note"


def create(db: Database, invoice: Document, *, amount: int, refunds: list[Body], **fields: Any) -> Document:
    """A credit note of `amount` (smallest unit, tax included) for refunds that exist. Raises StripeError."""
    _require_paid(invoice)
    linked = [_linked(db, invoice, each) for each in refunds]
    _check_sums(invoice, amount, linked, fields.get("out_of_band_amount") or 0)
    note_id, body = ids.new(KIND), invoice.body
    number = f"{body['number']}-CN-{len(of_invoice(db, invoice.id)) + 1:02d}"
    pdf = body["invoice_pdf"].replace("/pdf?", f"/credit-notes/{note_id}/pdf?")
    note = changes.make(
        db,
        KIND,
        id=note_id,
        currency=body["currency"],
        customer=body["customer"],
        effective_at=clock.now(db),
        invoice=invoice.id,
        number=number,
        pdf=pdf,
        post_payment_amount=amount,
        refunds=linked,
        **_shares(note_id, body, amount),
        **fields,
    )
    events.record(db, "credit_note.created", note)
    credited = body["post_payment_credit_notes_amount"] + amount
    changes.update(db, invoice, "invoice.updated", post_payment_credit_notes_amount=credited)
    return note


def of_invoice(db: Database, invoice_id: str) -> list[Document]:
    """The credit notes of the invoice with this id, oldest first."""
    return documents.about(db, KIND, "invoice", invoice_id)


def _require_paid(invoice: Document) -> None:
    status = invoice.body["status"]
    if status == "open":
        raise unsupported("invoice", what="credit notes for invoices that are still open")
    if status != "paid":
        raise StripeError(f"You cannot create a credit note for an invoice that is {status}.", param="invoice")


def _check_sums(invoice: Document, amount: int, refunds: list[Body], elsewhere: int) -> None:
    currency = invoice.body["currency"]
    left = invoice.body["amount_paid"] - invoice.body["post_payment_credit_notes_amount"]
    if amount > left:
        shown, most = (currencies.shown(cents, currency) for cents in (amount, left))
        raise StripeError(f"The credit note amount ({shown}) is greater than what is left ({most}).", param="amount")
    given = sum(each["amount_refunded"] for each in refunds) + elsewhere
    if given != amount:
        shown, found = (currencies.shown(cents, currency) for cents in (amount, given))
        raise StripeError(
            f"The sum of the refunds and the out of band amount ({found}) must equal the credit note amount ({shown}).",
            param="refunds",
        )


def _linked(db: Database, invoice: Document, wanted: Body) -> Body:
    """A refund of this invoice's payment as the note names it: so much of it that no note has yet."""
    refund = documents.require(db, "refund", wanted["refund"], param="refunds[0][refund]")
    if refund.body["payment_intent"] != invoice.private.get("payment_intent"):
        raise StripeError(
            f"Refund {refund.id} is not of a payment of invoice {invoice.id}.", param="refunds[0][refund]"
        )
    if refund.body["status"] in ("failed", "canceled"):
        raise StripeError(f"Refund {refund.id} is {refund.body['status']}.", param="refunds[0][refund]")
    taken = sum(
        each["amount_refunded"]
        for note in of_invoice(db, invoice.id)
        for each in note.body["refunds"]
        if each["refund"] == refund.id
    )
    amount = wanted.get("amount_refunded", refund.body["amount"] - taken)
    if not 0 < amount <= refund.body["amount"] - taken:
        raise StripeError(f"Refund {refund.id} is linked to another credit note already.", param="refunds[0][refund]")
    return {"amount_refunded": amount, "payment_record_refund": None, "refund": refund.id, "type": "refund"}


def _shares(note_id: str, invoice: Body, amount: int) -> Body:
    """The note's share of the invoice's taxes, half up, and its one line."""
    taxes = [
        tax
        | {
            name: (2 * tax[name] * amount + invoice["amount_paid"]) // (2 * invoice["amount_paid"])
            for name in ("amount", "taxable_amount")
        }
        for tax in invoice["total_taxes"]
    ]
    added = sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "exclusive")
    contained = sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "inclusive")
    line = shapes.new(
        "credit_note_line_item",
        amount=amount - added,
        description=", ".join(line["description"] or "" for line in invoice["lines"]["data"]),
        quantity=1,
        taxes=taxes,
        unit_amount=amount - added,
        unit_amount_decimal=str(amount - added),
    )
    return {
        "amount": amount,
        "total": amount,
        "subtotal": amount - added,
        "subtotal_excluding_tax": amount - added - contained,
        "total_excluding_tax": amount - added - contained,
        "total_taxes": taxes,
        "lines": documents.listing([line], f"/v1/credit_notes/{note_id}/lines"),
    }
