"""A membership's month has its tax and its invoice, and that of a pack is never taken for one."""

import pytest
from django.test import Client

from memberships.current import get_membership
from memberships.models import Invoice, Subscription
from memberships.subscriptions import changes
from memberships.testing.members import Member
from tokens.emails import kinds
from tokens.models import Mail, Purchase, StripeEvent
from tokens.stripe_api import billing
from tokens.testing.buying import buy
from tokens.testing.money_shown import cells_of, words_of
from tokens.testing.reconciled import report
from tokens.testing.refund_news import give_back

pytestmark = pytest.mark.django_db
IN_GERMANY = {"country": "DE", "postal_code": "10115"}


@pytest.fixture
def with_tax(settings):
    settings.STRIPE_TAX = True


def months():
    return list(Purchase.objects.order_by("pk").values_list("amount_cents", "paid_cents", "tax_cents"))


PRICES = [
    ("/", "$10.00 plus tax buys 100 tokens"),
    ("/", "$5.00 a month plus tax for 50 domains"),
    ("/tokens/", "$40.00 plus tax"),
    ("/tokens/purchase?package=pro", "Price $40.00 plus tax"),
    ("/tokens/cancel?package=pro", "$40.00 plus tax."),
    ("/membership/", "$5.00 a month plus tax"),
    ("/membership/checkout?plan=pro", "Per month $5.00 plus tax"),
]


@pytest.mark.parametrize(("path", "shown"), PRICES)
@pytest.mark.parametrize("is_taxed", [True, False])
def test_a_price_says_whether_tax_comes_on_top(alice_page, settings, path, shown, is_taxed):
    settings.STRIPE_TAX = is_taxed
    page = words_of((Client() if path == "/" else alice_page).get(path))
    assert (shown if is_taxed else shown.replace(" plus tax", "")) in page
    assert ("plus tax" in page) is is_taxed


def test_a_renewal_says_that_tax_comes_on_top(sandbox, alice, alice_page, with_tax):
    Member(sandbox, alice).subscribe("pro", **IN_GERMANY)
    assert "Renews at $5.00 a month plus tax." in words_of(alice_page.get("/membership/"))


def test_each_month_is_taxed_and_shown_with_its_tax(sandbox, alice, alice_page, with_tax):
    member = Member(sandbox, alice)
    member.subscribe("pro", **IN_GERMANY)
    member.advance(days=32)
    assert months() == [(500, 595, 95)] * 2
    for path in ("/membership/", "/tokens/purchases"):
        assert cells_of(alice_page.get(path), "Amount") == ["$5.95 Tax included $0.95 List price $5.00"] * 2
    receipt = kinds.compose(Mail.objects.filter(kind="membership_paid").latest("pk"))
    assert "\nPaid: $5.95\nTax included: $0.95\nList price: $5.00\n" in receipt.text
    assert report() == []


def test_an_upgrade_costs_what_it_says_with_tax(sandbox, alice, with_tax):
    member = Member(sandbox, alice)
    member.subscribe("pro", **IN_GERMANY)
    row = Subscription.objects.get()
    changes.change(alice.pk, "premium")
    member.hear()
    _, upgrade = months()
    assert upgrade[1] == upgrade[0] + upgrade[2]
    assert upgrade[2] == round(upgrade[0] * 0.19)
    assert get_membership(alice.pk).plan.key == "premium"
    assert row.stripe_id == Subscription.objects.get().stripe_id


def test_a_months_invoice_is_reached_from_its_purchase(sandbox, alice, alice_page, api):
    member = Member(sandbox, alice)
    purchase = member.subscribe("pro")
    invoice = billing.retrieve_invoice(purchase.stripe_invoice_id)
    address = f"/tokens/purchases/{purchase.pk}/invoice"
    joined = alice_page.get("/membership/success", {"session_id": purchase.stripe_checkout_session_id})
    for shown in (joined, alice_page.get("/membership/")):
        for link in (address, f"{address}.pdf"):
            assert f'href="{link}"' in shown.content.decode()
    receipt = kinds.compose(Mail.objects.get(kind="membership_paid"))
    assert f"Invoice: http://shop.test{address}\nInvoice as a PDF: http://shop.test{address}.pdf\n" in receipt.text
    assert f'href="http://shop.test{address}.pdf"' in receipt.html
    assert alice_page.get(address).headers["Location"] == invoice["hosted_invoice_url"]
    row = api(alice).get(f"/api/tokens/purchases/{purchase.pk}").json()
    assert (row["invoice_url"], row["invoice_pdf"]) == (invoice["hosted_invoice_url"], invoice["invoice_pdf"])


def test_a_pack_bought_by_a_member_is_no_month_of_the_membership(sandbox, alice):
    member = Member(sandbox, alice)
    member.subscribe("pro")
    pack = buy(sandbox, alice)
    member.hear()
    pack.refresh_from_db()
    assert (Invoice.objects.count(), Purchase.objects.count()) == (1, 2)
    assert (pack.type, bool(pack.invoice_url)) == ("tokens", True)
    told = StripeEvent.objects.filter(type="invoice.paid")
    assert [event.status for event in told] == ["done", "done"]
    assert report() == []


def test_a_refunded_month_has_its_credit_note(sandbox, alice, with_tax):
    member = Member(sandbox, alice)
    purchase = member.subscribe("pro", **IN_GERMANY)
    refund = give_back(purchase, 595)
    (note,) = billing.list_credit_notes(purchase.stripe_invoice_id)
    assert (note["total"], note["total_taxes"][0]["amount"], note["id"]) == (595, 95, refund.stripe_credit_note_id)
