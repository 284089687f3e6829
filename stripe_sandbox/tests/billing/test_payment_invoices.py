"""The invoice of a payment, and the credit notes that take back some of it."""

from typing import Any

import pytest
import stripe

from stripe_sandbox.testing import pay, settle
from stripe_sandbox.tests.support.actors import Buyer, order
from stripe_sandbox.tests.support.plans import signed_up

INVOICED = {"invoice_creation": {"enabled": True}}


def create(client, **changes) -> stripe.checkout.Session:
    return client.v1.checkout.sessions.create(params=order(**{**INVOICED, **changes}))


def invoice_of(client, session) -> Any:
    found = client.v1.checkout.sessions.retrieve(session.id)
    return client.v1.invoices.retrieve(found.invoice, {"expand": ["payments"]}) if found.invoice else None


@pytest.fixture
def paid(client) -> Any:
    session = create(client)
    pay(session.id)
    return invoice_of(client, session)


def refund_of(client, invoice, amount: int) -> stripe.Refund:
    intent = invoice.payments.data[0].payment.payment_intent
    return client.v1.refunds.create({"payment_intent": intent, "amount": amount})


def test_a_payment_has_an_invoice_where_it_was_asked_for(client) -> None:
    said = {
        "metadata": {"k": "v"},
        "description": "D",
        "footer": "F",
        "custom_fields": [{"name": "Order", "value": "7"}],
    }
    session = create(client, invoice_creation={"enabled": True, "invoice_data": said})
    assert session.invoice is None
    done = pay(session.id)
    invoice = invoice_of(client, session)
    assert (invoice.status, invoice.billing_reason, invoice.parent) == ("paid", "manual", None)
    assert (invoice.amount_paid, invoice.total, invoice.amount_due) == (4000, 4000, 4000)
    assert invoice.payments.data[0].payment.payment_intent == done["payment_intent"]
    assert invoice.lines.data[0].description == "Pro Pack"
    assert (invoice.description, invoice.footer, invoice.metadata["k"]) == ("D", "F", "v")
    assert client.v1.customers.retrieve(invoice.customer).email == "buyer@example.com"

    plain = client.v1.checkout.sessions.create(params=order())
    pay(plain.id)
    assert invoice_of(client, plain) is None


def test_a_bank_payments_invoice_comes_with_its_money(client) -> None:
    session = create(client)
    pay(session.id, bank="000123456789")
    assert invoice_of(client, session) is None
    settle(session.id)
    assert invoice_of(client, session).amount_paid == 4000


def test_an_order_that_costs_nothing_has_an_invoice_over_nothing(client) -> None:
    session = create(client, allow_promotion_codes=True)
    pay(session.id, code="FREE100")
    invoice = invoice_of(client, session)
    assert (invoice.subtotal, invoice.total, invoice.amount_paid, invoice.status) == (4000, 0, 0, "paid")
    assert invoice.total_discount_amounts[0].amount == 4000


def test_the_invoice_has_a_page_and_a_pdf_and_nothing_more_to_pay(client, buyer: Buyer, paid) -> None:
    page = buyer.look(paid.hosted_invoice_url).text
    assert ("Pro Pack" in page, "This invoice was paid" in page) == (True, True)
    answer = buyer.look(paid.invoice_pdf)
    assert (answer.headers["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        client.v1.invoices.pay(paid.id)
    with pytest.raises(stripe.InvalidRequestError, match="only pass in open"):
        client.v1.invoices.void_invoice(paid.id)


def test_a_credit_note_stands_for_a_refund(client, buyer: Buyer, paid) -> None:
    refund = refund_of(client, paid, 1000)
    note = client.v1.credit_notes.create(
        {"invoice": paid.id, "amount": 1000, "refunds": [{"refund": refund.id}], "reason": "duplicate", "memo": "Sorry"}
    )
    assert (note.number, note.amount, note.status, note.type) == (
        f"{paid.number}-CN-01",
        1000,
        "issued",
        "post_payment",
    )
    assert [(each.refund, each.amount_refunded) for each in note.refunds] == [(refund.id, 1000)]
    assert client.v1.invoices.retrieve(paid.id).post_payment_credit_notes_amount == 1000
    assert [each.id for each in client.v1.credit_notes.list({"invoice": paid.id}).data] == [note.id]
    assert client.v1.credit_notes.retrieve(note.id).memo == "Sorry"
    assert buyer.look(note.pdf).content.startswith(b"%PDF-")
    assert buyer.look(note.pdf.partition("?")[0]).status_code == 404
    with pytest.raises(stripe.InvalidRequestError, match="its invoice is paid"):
        client.v1.credit_notes.void_credit_note(note.id)


def test_the_note_has_its_share_of_the_tax(client) -> None:
    session = create(client, automatic_tax={"enabled": True})
    pay(session.id, country="DE")
    invoice = invoice_of(client, session)
    refund = refund_of(client, invoice, 1190)
    note = client.v1.credit_notes.create({"invoice": invoice.id, "amount": 1190, "refunds": [{"refund": refund.id}]})
    assert (note.total, note.total_excluding_tax, note.total_taxes[0].amount) == (1190, 1000, 190)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount": 900}, "must equal the credit note amount"),
        ({"refunds": []}, "must equal the credit note amount"),
        ({"amount": 4001}, "greater than what is left"),
        ({"refunds": [{"refund": "re_nope"}]}, "No such refund"),
        ({"invoice": "in_nope"}, "No such invoice"),
    ],
)
def test_a_note_that_does_not_add_up_is_refused(client, paid, changes, reason) -> None:
    refund = refund_of(client, paid, 1000)
    note = {"invoice": paid.id, "amount": 1000, "refunds": [{"refund": refund.id}], **changes}
    with pytest.raises(stripe.InvalidRequestError, match=reason):
        client.v1.credit_notes.create(note)
    assert client.v1.credit_notes.list({"invoice": paid.id}).data == []


def test_a_refund_stands_on_one_note_and_on_its_own_invoice_only(client, paid) -> None:
    refund = refund_of(client, paid, 1000)
    note = {"amount": 1000, "refunds": [{"refund": refund.id}]}
    client.v1.credit_notes.create({"invoice": paid.id, **note})
    with pytest.raises(stripe.InvalidRequestError, match="another credit note already"):
        client.v1.credit_notes.create({"invoice": paid.id, **note})
    other = create(client)
    pay(other.id)
    with pytest.raises(stripe.InvalidRequestError, match="is not of a payment of invoice"):
        client.v1.credit_notes.create({"invoice": invoice_of(client, other).id, **note})


def test_a_subscriptions_invoice_has_credit_notes_too(client) -> None:
    invoice = client.v1.invoices.retrieve(signed_up(client).invoice, {"expand": ["payments"]})
    refund = refund_of(client, invoice, 500)
    note = {"invoice": invoice.id, "amount": 500, "refunds": [{"refund": refund.id, "amount_refunded": 500}]}
    assert client.v1.credit_notes.create(note).amount == 500


def test_the_invoices_page_lists_its_credit_notes_and_what_they_come_to(client, buyer: Buyer, paid) -> None:
    assert "Credit notes" not in buyer.look(paid.hosted_invoice_url).text
    refund = refund_of(client, paid, 1000)
    note = client.v1.credit_notes.create({"invoice": paid.id, "amount": 1000, "refunds": [{"refund": refund.id}]})
    page = buyer.look(paid.hosted_invoice_url).text
    assert f"credit note {note.number}, PDF" in page
    assert "Refunded by credit notes</span><span>-$10.00" in page
    assert note.pdf.replace("&", "&amp;") in page
