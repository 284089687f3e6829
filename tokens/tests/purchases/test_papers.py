"""The invoice of a purchase: told by its own event, by the buyer's return, or by asking; and where it is shown."""

import pytest
import requests

from stripe_sandbox import testing
from tokens.emails import kinds
from tokens.models import Mail, StripeEvent
from tokens.purchases import checkout, papers
from tokens.stripe_api import gateway
from tokens.testing.money_shown import words_of
from tokens.testing.office import page
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(sandbox, alice):
    """A purchase paid at Stripe, of which nothing is known here yet."""
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    return purchase


def invoice_paid(purchase):
    """The event of the purchase's invoice."""
    session = gateway.retrieve_checkout_session(purchase.stripe_checkout_session_id)
    return testing.events_of(session["invoice"]["id"], type="invoice.paid")[-1]


def links_of(purchase):
    purchase.refresh_from_db()
    return bool(purchase.stripe_invoice_id), bool(purchase.invoice_url), bool(purchase.invoice_pdf)


@pytest.mark.parametrize("order", ["payment first", "invoice first"])
def test_a_purchase_has_its_invoice_whichever_event_comes_first(sandbox, paid, order):
    events = [sandbox.event(paid), invoice_paid(paid)]
    for event in events if order == "payment first" else events[::-1]:
        assert sandbox.deliver(event).status_code == 200
    paid.refresh_from_db()
    invoice = events[1]["data"]["object"]
    assert (paid.status, paid.received_cents, paid.tax_cents) == ("completed", 4000, 0)
    assert (paid.stripe_invoice_id, paid.invoice_url) == (invoice["id"], invoice["hosted_invoice_url"])
    assert requests.get(paid.invoice_pdf, timeout=10).content.startswith(b"%PDF-")


def test_the_event_twice_and_a_second_invoice_change_nothing(sandbox, paid):
    event = invoice_paid(paid)
    for id in (event["id"], "evt_again"):
        assert sandbox.deliver({**event, "id": id}).status_code == 200
    paid.refresh_from_db()
    before = (paid.stripe_invoice_id, paid.invoice_url, paid.invoice_pdf)
    other = {**event["data"]["object"], "id": "in_other", "hosted_invoice_url": "https://example.com/other"}
    assert sandbox.deliver({**event, "id": "evt_other", "data": {"object": other}}).status_code == 200
    paid.refresh_from_db()
    assert (paid.stripe_invoice_id, paid.invoice_url, paid.invoice_pdf) == before


def test_newer_links_of_the_same_invoice_count(sandbox, paid):
    event = invoice_paid(paid)
    sandbox.deliver(event)
    newer = {**event["data"]["object"], "hosted_invoice_url": "https://example.com/newer"}
    sandbox.deliver({**event, "id": "evt_newer", "data": {"object": newer}})
    paid.refresh_from_db()
    assert paid.invoice_url == "https://example.com/newer"


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"metadata": {}}, "not_ours"),
        ({"metadata": {"purchase_key": "nonsense"}}, "not_ours"),
        ({"metadata": {"purchase_key": "9d1f8a50-9f3c-4c7d-8d5e-000000000000"}}, "failed"),
        ({"customer": "cus_other"}, "not_ours"),
        ({"customer": None}, "not_ours"),
    ],
)
def test_an_invoice_of_something_else_is_not_taken_for_a_purchases(sandbox, paid, changes, state):
    event = invoice_paid(paid)
    event["data"]["object"] |= changes
    sandbox.deliver(event)
    assert StripeEvent.objects.get(stripe_id=event["id"]).status == state
    assert links_of(paid) == (False, False, False)


def test_the_buyer_who_returns_first_sees_the_invoice(alice_page, paid):
    shown = alice_page.get("/tokens/success", {"session_id": paid.stripe_checkout_session_id})
    assert links_of(paid) == (True, True, True)
    assert f"/tokens/purchases/{paid.pk}/invoice.pdf" in shown.content.decode()


def test_a_bank_payments_invoice_comes_with_the_money(sandbox, alice):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase, bank="000123456789")
    sandbox.deliver(sandbox.event(purchase))
    assert links_of(purchase) == (False, False, False)
    testing.settle(purchase.stripe_checkout_session_id)
    sandbox.deliver(sandbox.event(purchase, "checkout.session.async_payment_succeeded"))
    sandbox.deliver(invoice_paid(purchase))
    assert links_of(purchase) == (True, True, True)


def test_an_order_that_costs_nothing_has_an_invoice_too(sandbox, alice, settings):
    settings.STRIPE_PROMOTION_CODES = True
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase, code="FREE100")
    sandbox.deliver(sandbox.event(purchase))
    sandbox.deliver(invoice_paid(purchase))
    assert (purchase.received_cents, links_of(purchase)) == (0, (True, True, True))


def test_without_the_setting_there_is_none(sandbox, alice, alice_page, settings):
    settings.STRIPE_INVOICES = False
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    sandbox.deliver(sandbox.event(purchase))
    assert links_of(purchase) == (False, False, False)
    assert "/invoice" not in alice_page.get("/tokens/purchases").content.decode()
    assert alice_page.get(f"/tokens/purchases/{purchase.pk}/invoice").status_code == 404


def test_pages_and_the_receipt_lead_to_the_invoice_as_stripe_has_it_now(sandbox, alice_page, paid):
    sandbox.deliver(sandbox.event(paid))
    sandbox.deliver(invoice_paid(paid))
    paid.refresh_from_db()
    address = f"/tokens/purchases/{paid.pk}/invoice"
    for path in ("/tokens/", "/tokens/purchases"):
        assert f'href="{address}"' in alice_page.get(path).content.decode()
    receipt = kinds.compose(Mail.objects.get())
    assert f"Invoice: http://shop.test{address}\nInvoice as a PDF: http://shop.test{address}.pdf\n" in receipt.text
    assert f'href="http://shop.test{address}.pdf"' in receipt.html
    type(paid).objects.update(invoice_url="https://example.com/old", invoice_pdf="https://example.com/old.pdf")
    assert alice_page.get(address).headers["Location"] == paid.invoice_url
    assert alice_page.get(f"{address}.pdf").headers["Location"] == paid.invoice_pdf


def test_the_links_that_are_known_stand_in_while_stripe_is_away(sandbox, alice_page, paid, settings):
    sandbox.deliver(invoice_paid(paid))
    paid.refresh_from_db()
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    assert alice_page.get(f"/tokens/purchases/{paid.pk}/invoice").headers["Location"] == paid.invoice_url
    type(paid).objects.update(invoice_url="", invoice_pdf="")
    assert alice_page.get(f"/tokens/purchases/{paid.pk}/invoice").status_code == 502


def test_an_invoice_is_its_buyers_alone(sandbox, client, bob, paid):
    sandbox.deliver(invoice_paid(paid))
    address = f"/tokens/purchases/{paid.pk}/invoice"
    assert client.get(address).headers["Location"].startswith("/accounts/login")
    client.force_login(bob)
    assert (client.get(address).status_code, client.get(f"{address}.pdf").status_code) == (404, 404)


def test_every_buyer_reaches_the_billing_portal(alice_page, bought):
    assert 'action="/tokens/portal"' in alice_page.get("/tokens/purchases").content.decode()
    answer = alice_page.post("/tokens/portal")
    assert answer.status_code == 303
    shown = requests.get(answer.headers["Location"], timeout=10).text
    bought.refresh_from_db()
    assert "Invoice" in shown
    assert "/tokens/purchases" in shown


def test_staff_see_the_invoice_and_the_tax(sandbox, client, staff, paid):
    sandbox.deliver(sandbox.event(paid))
    sandbox.deliver(invoice_paid(paid))
    paid.refresh_from_db()
    type(paid).objects.update(tax_cents=320)
    client.force_login(staff)
    shown = client.get(page("tokens_purchase", "change", paid.pk))
    assert paid.stripe_invoice_id in words_of(shown)
    assert "$3.20" in words_of(shown)
    assert paid.invoice_url in shown.content.decode()


def test_a_purchase_is_read_with_its_papers(sandbox, api, alice, bob, paid):
    purchases = f"/api/tokens/purchases/{paid.pk}"
    waiting = api(alice).get(purchases).json()
    assert (waiting["status"], waiting["paid"], waiting["checkout_url"]) == ("pending", 0.0, paid.checkout_url)
    assert (waiting["invoice_url"], waiting["invoice_pdf"], waiting["tax"]) == (None, None, 0.0)
    sandbox.deliver(sandbox.event(paid))
    sandbox.deliver(invoice_paid(paid))
    paid.refresh_from_db()
    row = api(alice).get(purchases).json()
    assert (row["status"], row["price"], row["paid"], row["amount"], row["tokens"]) == ("completed", 40, 40, 40, 500)
    assert row["refunded"] == {"amount": 0.0, "amount_cents": 0, "tokens": 0}
    assert (row["invoice_url"], row["invoice_pdf"]) == (paid.invoice_url, paid.invoice_pdf)
    assert row["checkout_url"] is None
    missing = api(bob).get(purchases)
    assert (missing.status_code, missing.json()["title"]) == (404, "Unknown purchase")
    assert api(alice).get("/api/tokens/purchases/999999999999999999999999").status_code == 404


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_both_events_at_once_are_one_purchase_with_one_invoice(sandbox, paid):
    session, invoice = sandbox.event(paid)["data"]["object"], invoice_paid(paid)["data"]["object"]
    at_once(lambda number: checkout.settle_session(session) if number % 2 else papers.note(invoice))
    paid.refresh_from_db()
    assert (paid.status, paid.stripe_invoice_id, paid.lot.tokens) == ("completed", invoice["id"], 500)
    assert paid.invoice_url == invoice["hosted_invoice_url"]
