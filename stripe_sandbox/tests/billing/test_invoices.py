"""Invoices of subscriptions: on their hosted page, as a PDF, and paid over the API, once."""

import pytest
import stripe

from stripe_sandbox.testing import Refused, fail_next_payment, pay_invoice
from stripe_sandbox.tests.support.actors import Buyer, at_once
from stripe_sandbox.tests.support.plans import give_card, renew, subscribed


def test_the_hosted_invoice_page_takes_another_card(client, buyer: Buyer) -> None:
    subscription = subscribed(client)
    give_card(client, subscription, "pm_card_chargeCustomerFail")
    late = renew(client, subscription)
    invoice = client.v1.invoices.retrieve(late.latest_invoice)
    card = {"expiry": "12 / 40", "cvc": "123", "email": "bo@example.com"}

    assert "$20.00" in buyer.look(invoice.hosted_invoice_url).text
    refused = buyer.send(invoice.hosted_invoice_url, number="4000000000009995", **card)
    assert "insufficient funds" in refused.text
    assert buyer.send(invoice.hosted_invoice_url, number="4242424242424242", **card).status_code == 303

    assert client.v1.invoices.retrieve(invoice.id).status == "paid"
    found = client.v1.subscriptions.retrieve(subscription.id, params={"expand": ["default_payment_method"]})
    assert (found.status, found.default_payment_method.card.last4) == ("active", "4242")
    assert "was paid" in buyer.look(invoice.hosted_invoice_url).text
    assert renew(client, subscription).status == "active"


def test_an_invoice_page_without_its_secret_is_not_found(client, buyer: Buyer) -> None:
    invoice = client.v1.invoices.retrieve(subscribed(client).latest_invoice)

    assert buyer.look(invoice.hosted_invoice_url.partition("?")[0]).status_code == 404
    assert buyer.look(invoice.invoice_pdf.partition("?")[0]).status_code == 404


def test_an_invoice_is_downloaded_as_a_real_pdf(client, buyer: Buyer) -> None:
    invoice = client.v1.invoices.retrieve(subscribed(client).latest_invoice)

    answer = buyer.look(invoice.invoice_pdf)

    assert answer.headers["Content-Type"] == "application/pdf"
    assert f'filename="Invoice-{invoice.number}.pdf"' in answer.headers["Content-Disposition"]
    assert (answer.content[:5], answer.content.rstrip()[-5:]) == (b"%PDF-", b"%%EOF")
    assert [text in answer.content for text in (b"(Amount due)", b"($20.00)", invoice.number.encode())] == [True] * 3


def test_paying_an_open_invoice_over_the_api(client) -> None:
    subscription = subscribed(client)
    give_card(client, subscription, "pm_card_chargeCustomerFail")
    late = renew(client, subscription)

    with pytest.raises(stripe.CardError) as found:
        client.v1.invoices.pay(late.latest_invoice)
    assert found.value.code == "card_declined"
    good = client.v1.payment_methods.attach("pm_card_visa", params={"customer": subscription.customer})
    paid = client.v1.invoices.pay(late.latest_invoice, params={"payment_method": good.id})

    assert paid.status == "paid"
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        client.v1.invoices.pay(late.latest_invoice)


def test_the_helper_pays_an_invoice_as_its_customer_does(client) -> None:
    subscription = subscribed(client)
    fail_next_payment(subscription.id)
    late = renew(client, subscription)

    assert pay_invoice(late.latest_invoice, card="4000002760003184")["status"] == "paid"


def test_two_tabs_that_pay_one_invoice_at_once_charge_it_once(client) -> None:
    subscription = subscribed(client)
    fail_next_payment(subscription.id)
    late = renew(client, subscription)

    results = at_once(2, lambda: pay_invoice(late.latest_invoice))

    assert sorted(isinstance(result, Refused) for result in results) == [False, True]
    charges = client.v1.charges.list(params={"customer": subscription.customer}).data
    assert sorted(charge.status for charge in charges) == ["failed", "succeeded", "succeeded"]
