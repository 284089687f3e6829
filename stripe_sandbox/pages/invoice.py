"""An invoice's own page, /i/<invoice id>?secret=...: what it is for, and while it is open, paying it; and receipts."""

from werkzeug import Response

from stripe_sandbox.billing import collection, credit_notes, test_clocks
from stripe_sandbox.catalogue import currencies
from stripe_sandbox.checkout import forms
from stripe_sandbox.checkout.forms import Form
from stripe_sandbox.errors import no_such
from stripe_sandbox.objects import Body, Document, documents
from stripe_sandbox.pages import papers
from stripe_sandbox.pages.addresses import page
from stripe_sandbox.pages.checkout import last_refusal
from stripe_sandbox.pages.pdf import Paper, pdf_of
from stripe_sandbox.pages.rendering import render, see_other, shown_ahead, shown_time
from stripe_sandbox.payments import payment_methods
from stripe_sandbox.payments.payment_methods import Payer
from stripe_sandbox.server.web import Request
from stripe_sandbox.store import Database, clock


@page("invoice", "/i/<invoice_id>", "GET", "POST")
def show(request: Request, invoice_id: str) -> Response:
    if request.method == "POST":
        return _pay(request, invoice_id)
    with request.store.reading() as db:
        invoice = _found(request, db, invoice_id)
        is_at_bank = collection.waiting_for_bank(db, invoice) is not None
        refused = last_refusal(db, invoice.private.get("payment_intent")) if "refused" in request.args else None
        shown = {"ahead": shown_ahead(clock.ahead(db)), "notes": _notes(db, invoice)}
    if is_at_bank and "other" not in request.args:
        return see_other(collection.bank_page(invoice))
    return _show(invoice, shown, form=None, refused=refused)


@page("invoice_bank", "/i/<invoice_id>/bank", "GET", "POST")
def bank(request: Request, invoice_id: str) -> Response:
    """The pretended bank's 3-D Secure page."""
    if request.method == "POST":
        with request.writing() as db:
            invoice = _found(request, db, invoice_id)
            if collection.waiting_for_bank(db, invoice) is None:
                return see_other(invoice.body["hosted_invoice_url"])
            with test_clocks.time_of(db, invoice):
                is_approved = request.form.get("answer") == "approve"
                attempt = collection.answer_bank(db, invoice, is_approved=is_approved)
        return see_other(invoice.body["hosted_invoice_url"] + ("" if attempt.is_paid else "&refused"))
    with request.store.reading() as db:
        invoice = _found(request, db, invoice_id)
        waiting = collection.waiting_for_bank(db, invoice)
    if waiting is None:
        return see_other(invoice.body["hosted_invoice_url"])
    summary = _summary(invoice)
    return render("bank", {"merchant": summary["merchant"], "amount": summary["total"], "method": waiting[1].body})


@page("invoice_pdf", "/i/<invoice_id>/pdf", "GET")
def pdf(request: Request, invoice_id: str) -> Response:
    """The invoice as a PDF download. 404 for an unknown invoice."""
    with request.store.reading() as db:
        invoice = _found(request, db, invoice_id)
    return _download(papers.invoice(invoice.body), f"Invoice-{invoice.body['number']}")


@page("credit_note_pdf", "/i/<invoice_id>/credit-notes/<note_id>/pdf", "GET")
def credit_note_pdf(request: Request, invoice_id: str, note_id: str) -> Response:
    """A credit note of the invoice as a PDF download. 404 for an unknown one."""
    with request.store.reading() as db:
        invoice, note = _found(request, db, invoice_id), documents.require(db, "credit_note", note_id)
    if note.body["invoice"] != invoice.id:
        raise no_such("credit_note", note_id)
    return _download(papers.credit_note(note.body, invoice.body), f"CreditNote-{note.body['number']}")


def _download(paper: Paper, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return Response(pdf_of(paper), mimetype="application/pdf", headers=headers)


@page("receipt", "/stripe-sandbox/receipts/<charge_id>", "GET")
def receipt(request: Request, charge_id: str) -> Response:
    """A charge's, at its `receipt_url`."""
    with request.store.reading() as db:
        body = documents.require(db, "charge", charge_id).body
    if not body["paid"]:
        raise no_such("charge", charge_id)
    context = {
        "charge": body,
        "amount": currencies.shown(body["amount"], body["currency"]),
        "paid_at": shown_time(body["created"]),
        "card": body["payment_method_details"].get("card"),
        "bank": body["payment_method_details"].get("us_bank_account"),
    }
    return render("receipt", context)


def _pay(request: Request, invoice_id: str) -> Response:
    with request.writing() as db:
        invoice = _found(request, db, invoice_id)
        shown = {"ahead": shown_ahead(clock.ahead(db))}
        if invoice.body["status"] != "open":
            return see_other(invoice.body["hosted_invoice_url"])
        with test_clocks.time_of(db, invoice):
            form = forms.read_card(request.form, now=clock.now(db))
            attempt = None
            if form.card:
                payer = Payer(invoice.body["customer_email"] or form.email, form.name, form.card)
                method = payment_methods.create(db, payer)
                attempt = collection.pay_present(db, invoice, method)
    if attempt is None or attempt.error:
        refused = attempt.error["message"] if attempt and attempt.error else None
        return _show(invoice, shown, form=form, refused=refused)
    return see_other(collection.bank_page(invoice) if attempt.needs_bank else invoice.body["hosted_invoice_url"])


def _found(request: Request, db: Database, invoice_id: str) -> Document:
    """Only for whoever knows its address."""
    invoice = documents.require(db, "invoice", invoice_id)
    if request.args.get("secret", "") != invoice.private.get("secret"):
        raise no_such("invoice", invoice_id)
    return invoice


def _notes(db: Database, invoice: Document) -> list[dict[str, str]]:
    """Its credit notes, as its page lists them."""
    return [papers.note_of(note.body) for note in credit_notes.of_invoice(db, invoice.id)]


def _show(invoice: Document, shown: Body, *, form: Form | None, refused: str | None) -> Response:
    email = invoice.body["customer_email"] or ""
    return render("invoice", {**_context(invoice), **shown, "form": form or Form({"email": email}), "refused": refused})


def _context(invoice: Document) -> Body:
    body = invoice.body
    paid_at = body["status_transitions"]["paid_at"]
    return {
        "summary": _summary(invoice),
        "invoice": body,
        "made_at": shown_time(body["created"]),
        "paid_at": shown_time(paid_at) if paid_at else "",
        "lines": papers.lines_of(body),
        "sums": papers.sums_of(body),
        "ends": papers.ends_of(body),
    }


def _summary(invoice: Document) -> Body:
    """As the forms of the hosted checkout page want it."""
    body = invoice.body
    return {
        "fixed_email": body["customer_email"],
        "merchant": body["account_name"],
        "total": currencies.shown(body["amount_due"], body["currency"]),
        "verb": "Pay",
    }
