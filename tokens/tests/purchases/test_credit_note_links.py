"""Customers get to the credit note of a refund as they do to the invoice: from tables, emails and the API."""

import re

import pytest
import requests

from stripe_sandbox import testing
from tokens.models import Mail, Refund
from tokens.personal_data import forget_in_money_and_mail
from tokens.purchases import credit_notes
from tokens.testing.buying import buy
from tokens.testing.refund_news import events_about, give_back

pytestmark = pytest.mark.django_db


def address(refund):
    return f"/tokens/purchases/{refund.purchase_id}/credit-notes/{refund.pk}.pdf"


def links_of(answer):
    return re.findall(r'href="(/tokens/purchases/\d+/credit-notes/\d+\.pdf)"', answer.content.decode())


def test_the_tables_link_each_note_and_the_link_leads_to_its_pdf(alice_page, bought):
    refunds = [give_back(bought, cents) for cents in (1000, 500)]
    for path in ("/tokens/", "/tokens/purchases"):
        page = alice_page.get(path)
        assert links_of(page) == [address(refund) for refund in refunds]
        assert re.search(r"of \w+ \d+, \d{4} over \$10\.00, PDF", page.content.decode())
    answer = alice_page.get(address(refunds[0]))
    assert answer.status_code == 302
    pdf = requests.get(answer["Location"], timeout=10).content
    assert pdf.startswith(b"%PDF-")
    assert b"10.00" in pdf
    assert "no-store" in answer["Cache-Control"]


def test_the_api_names_each_note_with_its_amount_and_pdf(api, alice, bought):
    first, second = give_back(bought, 1000), give_back(bought, 500)
    row = api(alice).get(f"/api/tokens/purchases/{bought.pk}").json()
    said = [(note["refund"], note["amount"]) for note in row["credit_notes"]]
    assert said == [(first.pk, 10.0), (second.pk, 5.0)]
    assert requests.get(row["credit_notes"][1]["pdf"], timeout=10).content.startswith(b"%PDF-")


def test_without_a_refund_or_without_an_invoice_there_is_none(sandbox, api, alice, alice_page, bought, settings):
    settings.STRIPE_INVOICES = False
    other = buy(sandbox, alice)
    refund = give_back(other, 1000)
    assert "Credit note" not in Mail.objects.get(kind="refund").text
    for purchase in (bought, other):
        assert api(alice).get(f"/api/tokens/purchases/{purchase.pk}").json()["credit_notes"] == []
    assert links_of(alice_page.get("/tokens/purchases")) == []
    assert alice_page.get(address(refund)).status_code == 404


def test_the_refund_email_links_to_the_note_before_it_is_made(alice_page, bought):
    testing.fail_api(call="POST /v1/credit_notes", times=3, status=500)
    refund = give_back(bought, 1000)
    email = Mail.objects.get(kind="refund")
    assert re.search(rf"^Credit note .*: http\S+{re.escape(address(refund))}$", email.text, re.MULTILINE)
    assert address(refund) in email.html
    early = alice_page.get(address(refund))
    assert (early.status_code, "isn&#x27;t ready yet" in early.content.decode()) == (404, True)
    assert credit_notes.make_missing() == 1
    assert alice_page.get(address(refund)).status_code == 302


def test_a_refund_that_failed_has_no_note_to_link_to(sandbox, alice, alice_page):
    purchase = buy(sandbox, alice, card="4000000000007726")
    refund = give_back(purchase, 1000)
    testing.fail_refund(refund.stripe_id)
    for event in events_about(purchase):
        sandbox.deliver(event)
    assert links_of(alice_page.get("/tokens/purchases")) == []
    answer = alice_page.get(address(refund))
    assert (answer.status_code, "doesn&#x27;t exist" in answer.content.decode()) == (404, True)


def test_nobody_reads_anothers_note(client, bob, alice, bought):
    refund = give_back(bought, 1000)
    assert client.get(address(refund))["Location"].startswith("/accounts/login/")
    client.force_login(bob)
    assert client.get(address(refund)).status_code == 404
    assert client.get(f"/tokens/purchases/{bought.pk}/credit-notes/{10**30}.pdf").status_code == 404


def test_of_two_purchases_neither_has_the_note_of_the_other(sandbox, alice, alice_page, bought):
    other, refund = buy(sandbox, alice), give_back(bought, 1000)
    assert alice_page.get(f"/tokens/purchases/{other.pk}/credit-notes/{refund.pk}.pdf").status_code == 404


def test_while_stripe_does_not_answer_the_link_leads_to_where_the_note_was(alice_page, bought):
    refund = give_back(bought, 1000)
    testing.fail_api(call="GET /v1/credit_notes/{id}", times=5, status=500)
    refund.refresh_from_db()
    assert alice_page.get(address(refund))["Location"] == refund.credit_note_pdf


@pytest.mark.parametrize("refunded", [1, 3])
def test_notes_of_many_purchases_take_one_statement(sandbox, alice, alice_page, refunded, django_assert_num_queries):
    for purchase in [buy(sandbox, alice) for _ in range(3)][:refunded]:
        give_back(purchase, 1000)
    with django_assert_num_queries(5):  # session, user, purchases, refunds, balance
        assert len(links_of(alice_page.get("/tokens/purchases"))) == refunded


def test_the_address_of_a_note_is_forgotten_with_the_person(alice, bought):
    refund = give_back(bought, 1000)
    forget_in_money_and_mail(alice, "unknown@example.com")
    refund = Refund.objects.get(pk=refund.pk)
    assert (refund.credit_note_pdf, bool(refund.stripe_credit_note_id)) == ("", True)
