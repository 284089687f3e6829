"""Automatic tax and tax IDs: the amount is known once the buyer has said where they are."""

from typing import Any

import pytest
import stripe

from stripe_sandbox.testing import Refused, pay
from stripe_sandbox.tests.support.actors import Buyer, line, order
from stripe_sandbox.tests.support.plans import renew

TAX: Any = {"automatic_tax": {"enabled": True}, "tax_id_collection": {"enabled": True}}
KEPT = {"address": "auto", "name": "auto"}


def create(client, *, behavior: str = "exclusive", **changes) -> Any:
    sold = line()
    sold["price_data"]["tax_behavior"] = behavior
    return client.v1.checkout.sessions.create(params=order(line_items=[sold], **{**TAX, **changes}))


def sums_of(client, session) -> tuple[int, int, int]:
    found = client.v1.checkout.sessions.retrieve(session.id)
    return found.amount_subtotal, found.total_details.amount_tax, found.amount_total


def say(buyer: Buyer, session, **place: str):
    return buyer.cookies.post(f"{session.url}/billing-details", data=place, allow_redirects=False, timeout=20)


@pytest.mark.parametrize(
    ("country", "behavior", "tax", "total"),
    [
        ("US", "exclusive", 320, 4320),
        ("DE", "exclusive", 760, 4760),
        ("CH", "exclusive", 324, 4324),
        ("BR", "exclusive", 0, 4000),
        ("DE", "inclusive", 639, 4000),
        ("GB", "inclusive", 667, 4000),
    ],
)
def test_each_country_has_its_rate_on_top_or_within(client, country, behavior, tax, total) -> None:
    session = create(client, behavior=behavior)
    pay(session.id, country=country)
    assert sums_of(client, session) == (4000, tax, total)


def test_nobody_pays_before_the_tax_is_known(client, buyer: Buyer) -> None:
    session = create(client)
    assert session.automatic_tax.status == "requires_location_inputs"
    page = buyer.look(session.url).text
    assert "Enter your country first" in page
    assert "Card number" not in page
    assert buyer.pay(session).status_code == 400

    assert say(buyer, session, country="DE", postal_code="10115").status_code == 303
    page = buyer.look(session.url).text
    assert ("$7.60" in page, "Pay $47.60" in page) == (True, True)
    assert buyer.pay(session).status_code == 303
    found = client.v1.checkout.sessions.retrieve(session.id)
    assert (found.automatic_tax.status, found.customer_details.address.country) == ("complete", "DE")
    intent = client.v1.payment_intents.retrieve(found.payment_intent)
    assert (found.amount_total, intent.amount_received) == (4760, 4760)


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        ({"country": "", "postal_code": "1"}, "Choose your country."),
        ({"country": "de", "postal_code": "1"}, "Choose your country."),
        ({"country": "DE", "postal_code": " "}, "Your postal code is missing."),
        ({"country": "DE", "postal_code": "1", "tax_id": "FR12345678901"}, "This isn&#39;t a tax ID of that country."),
        ({"country": "BR", "postal_code": "1", "tax_id": "DE123456789"}, "This isn&#39;t a tax ID of that country."),
    ],
)
def test_a_field_that_is_wrong_is_shown_again_with_its_reason(client, buyer: Buyer, place, wrong) -> None:
    session = create(client)
    shown = buyer.look(buyer_address(session, say(buyer, session, **place).headers["Location"])).text
    assert wrong.replace("&#39;", "'") in shown.replace("&#39;", "'")
    assert client.v1.checkout.sessions.retrieve(session.id).automatic_tax.status == "requires_location_inputs"


def buyer_address(session, path: str) -> str:
    return session.url.partition("/c/")[0] + path


@pytest.mark.parametrize(
    ("country", "tax_id", "tax", "kind"),
    [("DE", "de123456789", 0, "eu_vat"), ("GB", "GB123456789", 0, "gb_vat"), ("US", "12-3456789", 320, "us_ein")],
)
def test_a_business_abroad_accounts_for_the_tax_itself(client, country, tax_id, tax, kind) -> None:
    customer = client.v1.customers.create({"name": "Firm"}).id
    session = create(client, customer=customer, customer_update=KEPT, invoice_creation={"enabled": True})
    pay(session.id, country=country, tax_id=tax_id)
    assert sums_of(client, session) == (4000, tax, 4000 + tax)
    (kept,) = client.v1.customers.tax_ids.list(customer).data
    assert (kept.type, kept.value, kept.country) == (kind, tax_id.upper(), country)
    invoice = client.v1.invoices.retrieve(client.v1.checkout.sessions.retrieve(session.id).invoice)
    assert [(each.type, each.value) for each in invoice.customer_tax_ids] == [(kind, tax_id.upper())]
    assert invoice.total_taxes[0].taxability_reason == ("standard_rated" if tax else "reverse_charge")


def test_a_code_is_taken_off_before_tax_in_either_order(client, buyer: Buyer) -> None:
    totals = []
    for acts in (("code", "place"), ("place", "code")):
        session = create(client, allow_promotion_codes=True)
        for act in acts:
            if act == "place":
                say(buyer, session, country="DE", postal_code="10115")
            else:
                buyer.cookies.post(f"{session.url}/promotion-code", data={"code": "HALF50"}, timeout=20)
        totals.append(sums_of(client, session))
    assert totals == [(4000, 380, 2380)] * 2


def test_a_known_customers_place_counts_at_once_and_is_changed_only_where_that_is_wanted(client) -> None:
    place = {"country": "FR", "postal_code": "75001"}
    for update, after in (({}, "FR"), ({"address": "auto"}, "DE")):
        customer = client.v1.customers.create({"name": "Ann", "address": place}).id
        session = create(client, customer=customer, customer_update={**update, "name": "auto"})
        assert (session.automatic_tax.status, session.amount_total) == ("complete", 4800)
        pay(session.id, country="DE")
        assert client.v1.customers.retrieve(customer).address.country == after


def test_an_exempt_customer_pays_no_tax(client) -> None:
    customer = client.v1.customers.create({"name": "School", "tax_exempt": "exempt"}).id
    session = create(client, customer=customer, customer_update=KEPT)
    pay(session.id, country="DE")
    assert sums_of(client, session) == (4000, 0, 4000)


def test_what_is_told_must_have_a_place_to_go(client) -> None:
    customer = client.v1.customers.create({"name": "Ann"}).id
    with pytest.raises(stripe.InvalidRequestError, match="requires a valid address on the Customer"):
        create(client, customer=customer, customer_update={"name": "auto"})
    with pytest.raises(stripe.InvalidRequestError, match="set `customer_update\\[name\\]` to `auto`"):
        create(client, customer=customer, customer_update={"address": "auto"})


def test_a_session_that_asks_for_no_tax_id_takes_none(client) -> None:
    with pytest.raises(Refused, match="asks for no tax ID"):
        pay(create(client, tax_id_collection=None).id, country="DE", tax_id="DE123456789")


def test_a_subscription_is_taxed_each_month_by_where_its_customer_is_then(client) -> None:
    monthly = line(1000)
    monthly["price_data"] |= {"recurring": {"interval": "month"}, "tax_behavior": "exclusive"}
    customer = client.v1.customers.create({"name": "Ann", "email": "ann@example.com"}).id
    params = order(mode="subscription", line_items=[monthly], payment_intent_data=None, customer=customer, **TAX)
    session = client.v1.checkout.sessions.create(params={**params, "customer_update": KEPT})
    done = pay(session.id, country="DE")
    first = client.v1.invoices.retrieve(done["invoice"])
    assert (done["amount_total"], first.amount_paid, first.total_taxes[0].amount) == (1190, 1190, 190)

    subscription = client.v1.subscriptions.retrieve(done["subscription"])
    assert subscription.automatic_tax.enabled
    preview = client.v1.invoices.create_preview({"subscription": subscription.id})
    assert (preview.total, preview.lines.data[0].taxes[0].amount) == (1190, 190)
    client.v1.customers.update(customer, {"address": {"country": "FR", "postal_code": "75001"}})
    invoice = client.v1.invoices.retrieve(renew(client, subscription).latest_invoice)
    assert (invoice.subtotal, invoice.amount_paid, invoice.total_taxes[0].amount) == (1000, 1200, 200)
