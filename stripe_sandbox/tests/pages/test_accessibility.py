"""Every state of the hosted page in a real browser, looked at by axe: light and dark, wide and narrow."""

import re
from typing import Any

from devtools.testing.pages import everywhere
from stripe_sandbox.testing import bounce, close_dispute, current, pay, refund
from stripe_sandbox.tests.support.actors import order


def fill_in(page, number: str) -> None:
    page.get_by_label("Email").fill("bo@example.com")
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill("12 / 40")
    page.get_by_label("CVC").fill("123")
    page.get_by_role("button", name=re.compile("Pay .40.00")).click()


def test_every_state_of_the_page_is_accessible(client, page, sandbox: str) -> None:
    session = client.v1.checkout.sessions.create(params=order(success_url=f"{sandbox}/stripe-sandbox/"))

    page.goto(session.url)
    assert everywhere(page) == {}

    page.get_by_role("button", name=re.compile("Pay .40.00")).click()
    assert page.get_by_role("alert").inner_text().startswith("Nothing was charged.")
    assert everywhere(page) == {}

    fill_in(page, "4000000000000002")
    assert "Your card was declined." in page.get_by_role("alert").inner_text()
    assert everywhere(page) == {}

    fill_in(page, "4000002760003184")
    page.get_by_role("heading", name="Is this payment yours?").wait_for()
    assert everywhere(page) == {}

    page.get_by_role("button", name="Approve").click()
    page.get_by_role("heading", name="Checkout Sessions").wait_for()
    assert everywhere(page) == {}

    page.goto(session.url)
    page.get_by_role("heading", name="This order is paid").wait_for()
    assert everywhere(page) == {}


def test_a_session_that_was_let_expire_says_so_accessibly(client, page) -> None:
    session = client.v1.checkout.sessions.create(params=order())
    page.goto(session.url)
    page.get_by_text("Sandbox tools").click()
    assert everywhere(page) == {}

    page.get_by_role("button", name="Let this session expire").click()

    page.get_by_role("heading", name="This checkout has expired").wait_for()
    assert everywhere(page) == {}


def test_asking_where_the_buyer_is_is_accessible(client, page) -> None:
    taxed: Any = {"automatic_tax": {"enabled": True}, "tax_id_collection": {"enabled": True}}
    session = client.v1.checkout.sessions.create(params=order(**taxed))
    page.goto(session.url)
    assert everywhere(page) == {}
    page.get_by_label("Country").select_option("DE")
    page.get_by_label("Tax ID").fill("nope")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("Your postal code is missing.").wait_for()
    assert everywhere(page) == {}
    page.get_by_label("Postal code").fill("10115")
    page.get_by_label("Tax ID").fill("")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Pay $47.60").wait_for()
    assert everywhere(page) == {}


def test_pressing_enter_in_the_card_form_pays_by_card_and_not_with_link(client, page) -> None:
    session = client.v1.checkout.sessions.create(params=order())
    page.goto(session.url)
    page.get_by_label("Card number").fill("4242")

    page.get_by_label("CVC").press("Enter")

    page.get_by_text("Your card number is incomplete.").wait_for()
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_paying_from_a_bank_account_is_accessible(client, page, sandbox: str) -> None:
    session = client.v1.checkout.sessions.create(
        params=order(success_url=f"{sandbox}/stripe-sandbox/", allow_promotion_codes=True)
    )
    page.goto(session.url)
    page.get_by_label("Promotion code").fill("NOPE")
    page.get_by_role("button", name="Apply").click()
    page.get_by_text("This code is not valid here.").wait_for()
    assert everywhere(page) == {}
    page.get_by_label("Promotion code").fill("HALF50")
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("button", name="Remove").wait_for()
    assert everywhere(page) == {}

    page.get_by_role("link", name="Bank account").click()
    page.get_by_label("Email").fill("bo@example.com")
    assert everywhere(page) == {}
    page.get_by_role("button", name="Continue to your bank").click()
    page.get_by_text("The account holder's name is missing.").wait_for()
    assert everywhere(page) == {}

    page.get_by_label("Name of the account holder").fill("Bo Buyer")
    page.get_by_role("button", name="Continue to your bank").click()
    page.get_by_role("heading", name="Choose your account").wait_for()
    assert everywhere(page) == {}
    page.get_by_label("000111111113").check()
    page.get_by_role("button", name="Connect the account and pay $20.00").click()
    page.get_by_role("heading", name="Stripe sandbox").wait_for()

    page.goto(session.url)
    page.get_by_role("heading", name="Your bank payment is on its way").wait_for()
    assert everywhere(page) == {}
    bounce(session.id)
    page.reload()
    page.get_by_role("heading", name="Your bank sent this payment back").wait_for()
    assert everywhere(page) == {}


def test_saving_a_card_and_confirming_a_payment_later_are_accessible(client, page, sandbox: str) -> None:
    customer = client.v1.customers.create({"email": "bo@example.com"}).id
    here = f"{sandbox}/stripe-sandbox/"
    wanted = {"mode": "setup", "currency": "usd", "customer": customer, "success_url": here, "cancel_url": here}
    session = client.v1.checkout.sessions.create(wanted)
    page.goto(session.url)
    assert everywhere(page) == {}
    page.get_by_label("Card number").fill("4000002760003184")
    page.get_by_label("Expiry").fill("12 / 40")
    page.get_by_label("CVC").fill("123")
    page.get_by_role("button", name="Save card").click()
    page.get_by_role("heading", name="Is this card yours?").wait_for()
    assert everywhere(page) == {}
    page.get_by_role("button", name="Yes, let it be saved").click()
    page.get_by_role("heading", name="Saved payment methods").wait_for()
    page.goto(session.url)
    page.get_by_role("heading", name="Your payment method is saved").wait_for()
    assert everywhere(page) == {}

    (method,) = client.v1.payment_methods.list({"customer": customer}).data
    later = {"amount": 4000, "currency": "usd", "customer": customer, "payment_method": method.id, "confirm": True}
    intent = client.v1.payment_intents.create({**later, "return_url": here})
    page.goto(here)
    page.get_by_role("button", name=f"Pass 3-D Secure {intent.id}").wait_for()
    assert everywhere(page) == {}
    page.goto(intent.next_action.redirect_to_url.url)
    page.get_by_role("heading", name="Is this payment yours?").wait_for()
    page.get_by_role("button", name="Approve the payment").click()
    page.wait_for_url(f"{here}?payment_intent=*")
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    stays = {**later, "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
    page.goto(f"{sandbox}/3d-secure/{client.v1.payment_intents.create(stays).id}")
    page.get_by_role("button", name="Approve the payment").click()
    page.get_by_role("heading", name="Confirmed").wait_for()
    assert everywhere(page) == {}


def test_the_operators_page_is_accessible_with_everything_on_it(told_sandbox, page) -> None:
    create = told_sandbox.v1.checkout.sessions.create
    pay(create(params=order()).id, bank="000123456789")
    slow, disputed, _asked = (
        pay(create(params=order()).id, card=card)["payment_intent"]
        for card in ("4000000000007726", "4000000000000259", "4000000000001976")
    )
    refund(slow, 1000)
    refund(slow, 500)
    (lost,) = told_sandbox.v1.disputes.list(params={"payment_intent": disputed}).data
    close_dispute(lost.id, won=False)
    page.goto(f"{current().address}/stripe-sandbox/")
    assert everywhere(page) == {}

    page.get_by_label(f"Cents of {slow} to refund; empty: all that is left").fill("700")
    page.get_by_role("button", name=f"Refund {slow}").click()
    page.get_by_text("Done: refund").wait_for()
    assert [made.amount for made in told_sandbox.v1.refunds.list(params={"payment_intent": slow}).data] == [
        700,
        500,
        1000,
    ]
    page.get_by_label("Send every event twice").check()
    page.get_by_label("Drop events of this type").fill("charge.*")
    page.get_by_role("button", name="Set the switches").click()
    page.get_by_text("Done: faults").wait_for()
    assert page.get_by_label("Send every event twice").is_checked()
    page.get_by_text("Attempts at").first.click()
    assert everywhere(page) == {}
