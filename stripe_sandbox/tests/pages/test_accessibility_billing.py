"""Subscriptions' pages in a real browser, looked at by axe: light and dark, wide and narrow."""

import re

import pytest

from devtools.testing.pages import everywhere
from stripe_sandbox.testing import change_card, fail_next_payment, renew
from stripe_sandbox.tests.support.plans import membership, plan, subscribed


@pytest.fixture
def sandbox(own_sandbox: str) -> str:
    """No other subscription renews meanwhile."""
    return own_sandbox


def fill_in_card(page, number: str) -> None:
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill("12 / 40")
    page.get_by_label("CVC").fill("123")


def test_subscribing_is_accessible(client, page, sandbox: str) -> None:
    url = f"{sandbox}/stripe-sandbox/"
    session = client.v1.checkout.sessions.create(params=membership(plan(client), success_url=url))

    page.goto(session.url)
    assert everywhere(page) == {}
    page.get_by_label("Email").fill("bo@example.com")
    fill_in_card(page, "4242424242424242")
    page.get_by_role("button", name=re.compile("Subscribe for .20.00 per month")).click()

    page.get_by_role("heading", name="Subscriptions").wait_for()
    assert everywhere(page) == {}


def test_an_open_invoice_and_its_payment_are_accessible(client, page) -> None:
    subscription = subscribed(client)
    fail_next_payment(subscription.id)
    invoice = client.v1.invoices.retrieve(renew(subscription.id)["latest_invoice"])

    page.goto(invoice.hosted_invoice_url)
    assert everywhere(page) == {}
    fill_in_card(page, "4000000000009995")
    page.get_by_role("button", name=re.compile("Pay .20.00")).click()
    assert "insufficient funds" in page.get_by_role("alert").inner_text()
    fill_in_card(page, "4000002760003184")
    page.get_by_role("button", name=re.compile("Pay .20.00")).click()
    page.get_by_role("button", name="Approve the payment").click()
    page.get_by_text("This invoice was paid on").wait_for()
    assert everywhere(page) == {}
    with page.expect_download() as download:
        page.get_by_role("link", name="Download this invoice").click()
    assert download.value.suggested_filename.startswith("Invoice-")


def test_the_billing_portal_is_accessible(client, page, sandbox: str) -> None:
    small, big = plan(client), plan(client, 5000, name="Pro plan")
    subscription = subscribed(client, small)
    products = [{"product": price.product, "prices": [price.id]} for price in (small, big)]
    update = {"enabled": True, "default_allowed_updates": ["price"], "products": products}
    update["proration_behavior"] = "always_invoice"
    features = {
        "invoice_history": {"enabled": True},
        "payment_method_update": {"enabled": True},
        "subscription_cancel": {"enabled": True, "cancellation_reason": {"enabled": True, "options": ["unused"]}},
        "subscription_update": update,
    }
    configuration = client.v1.billing_portal.configurations.create(params={"features": features})
    session = client.v1.billing_portal.sessions.create(
        params={"customer": subscription.customer, "configuration": configuration.id, "return_url": f"{sandbox}/"}
    )

    page.goto(session.url)
    assert everywhere(page) == {}
    page.get_by_role("link", name="Change plan").click()
    page.get_by_label("Pro plan").check()
    assert everywhere(page) == {}
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("Due today").wait_for()
    assert everywhere(page) == {}
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("The plan is changed.").wait_for()

    page.get_by_role("link", name="Change card").click()
    assert everywhere(page) == {}
    page.get_by_role("button", name="Save card").click()
    page.get_by_role("alert").wait_for()
    assert everywhere(page) == {}
    fill_in_card(page, "4000002500003155")
    page.get_by_role("button", name="Save card").click()
    page.get_by_role("heading", name="Is this card yours?").wait_for()
    assert everywhere(page) == {}
    page.get_by_role("button", name="Yes").click()
    page.get_by_text("The new card is saved.").wait_for()

    page.get_by_role("link", name="Cancel plan").click()
    assert everywhere(page) == {}
    page.get_by_role("button", name="Cancel plan").click()
    page.get_by_role("button", name="Don't cancel plan").wait_for()
    assert everywhere(page) == {}


def test_the_operators_page_is_accessible_with_subscriptions_on_it(client, page, sandbox: str) -> None:
    subscription = subscribed(client)
    change_card(subscription.id, card="4000000000000341")
    renew(subscription.id)
    fail_next_payment(subscription.id)

    page.goto(f"{sandbox}/stripe-sandbox/")
    assert everywhere(page) == {}
    page.get_by_role("button", name=re.compile("Cancel at period end")).click()
    page.get_by_text("Done: cancel-subscription").wait_for()
    assert everywhere(page) == {}
