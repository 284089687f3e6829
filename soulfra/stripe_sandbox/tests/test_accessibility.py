"""Every state of the hosted page in a real browser, looked at by axe: light and dark, wide and narrow."""

import re

from soulfra.stripe_sandbox.tests.actors import order
from soulfra.testing.pages import everywhere


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


def test_pressing_enter_in_the_card_form_pays_by_card_and_not_with_link(client, page) -> None:
    session = client.v1.checkout.sessions.create(params=order())
    page.goto(session.url)
    page.get_by_label("Card number").fill("4242")

    page.get_by_label("CVC").press("Enter")

    page.get_by_text("Your card number is incomplete.").wait_for()
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
