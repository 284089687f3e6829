"""The hosted page as a browser without JavaScript sees it."""

import re

import pytest
import requests
import stripe

from stripe_sandbox.testing import advance, pay
from stripe_sandbox.tests.support.actors import CARD, Buyer, order


@pytest.fixture
def session(client) -> stripe.checkout.Session:
    return client.v1.checkout.sessions.create(params=order())


def status_of(client, session) -> str:
    found = client.v1.checkout.sessions.retrieve(session.id)
    return f"{found.status}/{found.payment_status}"


def test_the_open_page_shows_what_is_bought(buyer: Buyer, session) -> None:
    page = buyer.look(session.url).text

    assert "Sandbox: no real money." in page
    assert "Pro Pack" in page
    assert "$40.00" in page
    assert 'href="http://127.0.0.1:9/no"' in page


def test_a_paid_form_leads_to_the_success_url_with_the_session_id(client, buyer: Buyer, session) -> None:
    answer = buyer.pay(session)

    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://127.0.0.1:9/thanks?session={session.id}"
    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert (paid.customer_details.email, paid.customer_details.name) == ("bo@example.com", "Bo Buyer")


def test_a_customers_address_is_filled_in_and_fixed(client, buyer: Buyer) -> None:
    session = client.v1.checkout.sessions.create(params=order(customer_email="ann@example.com"))

    assert re.search(r'name="email"[^>]*value="ann@example.com"[^>]*readonly', buyer.look(session.url).text, re.S)
    buyer.pay(session, email="other@example.com")
    assert client.v1.checkout.sessions.retrieve(session.id).customer_details.email == "ann@example.com"


def test_a_decline_is_told_and_keeps_all_but_the_security_code(client, buyer: Buyer, session) -> None:
    answer = buyer.pay(session, number="4000 0000 0000 9995", cvc="987")

    assert answer.status_code == 200
    assert re.search(r'role="alert".*Your card has insufficient funds\.', answer.text)
    for kept in ("4000 0000 0000 9995", "12 / 40", "bo@example.com", "Bo Buyer"):
        assert f'value="{kept}"' in answer.text
    assert "987" not in answer.text
    assert status_of(client, session) == "open/unpaid"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"number": ""}, "Your card number is missing."),
        ({"number": "4242 4242"}, "Your card number is incomplete."),
        ({"number": "4242 4242 4242 4241"}, "Your card number is invalid."),
        ({"number": "४२४२"}, "Your card number is invalid."),
        ({"expiry": "13 / 40"}, "Write your card&#39;s expiration date as MM / YY."),
        ({"expiry": "01 / 20"}, "Your card&#39;s expiration date is in the past."),
        ({"expiry": "12/99"}, "Your card&#39;s expiration year is invalid."),
        ({"cvc": "12"}, "Your card&#39;s security code is 3 digits."),
        ({"number": "378282246310005", "cvc": "123"}, "Your card&#39;s security code is 4 digits."),
        ({"email": "nobody"}, "Your email is invalid."),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_charged(client, buyer: Buyer, session, changes, message) -> None:
    answer = buyer.pay(session, **changes)

    assert answer.status_code == 200
    assert message in answer.text
    assert answer.text.count('aria-invalid="true"') == 1
    assert client.v1.checkout.sessions.retrieve(session.id).payment_intent is None


def test_a_form_that_another_site_sends_is_refused(client, session) -> None:
    answer = requests.post(session.url, data=CARD, headers={"Origin": "https://evil.example"}, timeout=20)

    assert answer.status_code == 403
    assert status_of(client, session) == "open/unpaid"


def test_link_pays_with_one_click(client, buyer: Buyer, session) -> None:
    assert buyer.send(session.url, action="link").status_code == 303

    paid = client.v1.checkout.sessions.retrieve(session.id, params={"expand": ["payment_intent.latest_charge"]})
    assert paid.payment_status == "paid"
    assert paid.payment_intent.latest_charge.payment_method_details.type == "link"


def test_a_method_the_session_excludes_is_neither_shown_nor_taken(client, buyer: Buyer) -> None:
    session = client.v1.checkout.sessions.create(params=order(wallet_options={"link": {"display": "never"}}))

    assert "Pay with Link" not in buyer.look(session.url).text
    assert buyer.send(session.url, action="link").status_code == 400
    assert status_of(client, session) == "open/unpaid"


def test_3d_secure_asks_the_bank_and_then_pays(client, buyer: Buyer, session) -> None:
    asked = buyer.pay(session, number="4000002760003184")
    assert (asked.status_code, asked.headers["Location"]) == (303, f"/c/pay/{session.id}/bank")
    assert "card ending in 3184" in buyer.look(session.url + "/bank").text

    approved = buyer.send(session.url + "/bank", answer="approve")

    assert approved.headers["Location"].endswith(session.id)
    assert status_of(client, session) == "complete/paid"


def test_3d_secure_failed_leads_back_to_the_page_with_the_reason(client, buyer: Buyer, session) -> None:
    buyer.pay(session, number="4000002500003155")

    failed = buyer.send(session.url + "/bank", answer="fail")

    assert failed.headers["Location"] == f"/c/pay/{session.id}?refused"
    assert "We are unable to authenticate" in buyer.look(session.url + "?refused").text
    assert status_of(client, session) == "open/unpaid"


def test_a_bank_page_left_open_cannot_charge_what_another_tab_paid(client, buyer: Buyer, session) -> None:
    buyer.pay(session, number="4000002760003184")
    left_open = buyer.look(session.url + "/bank").text
    buyer.pay(session)

    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', left_open))
    late = buyer.cookies.post(
        session.url + "/bank", data={**hidden, "answer": "approve"}, allow_redirects=False, timeout=20
    )

    assert late.headers["Location"] == f"/c/pay/{session.id}"
    intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent
    assert len(client.v1.charges.list(params={"payment_intent": intent}).data) == 1


def test_a_bank_page_left_open_does_not_answer_for_a_later_attempt(client, buyer: Buyer, session) -> None:
    buyer.pay(session, number="4000002760003184")
    left_open = buyer.look(session.url + "/bank").text
    buyer.pay(session, number="4000002500003155")

    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', left_open))
    buyer.cookies.post(session.url + "/bank", data={**hidden, "answer": "approve"}, allow_redirects=False, timeout=20)

    assert status_of(client, session) == "open/unpaid"


def test_a_second_tab_cannot_pay_again(client, buyer: Buyer, session) -> None:
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', buyer.look(session.url).text))
    pay(session.id)

    late = buyer.cookies.post(session.url, data={**form, **CARD}, allow_redirects=False, timeout=20)

    assert (late.status_code, late.headers["Location"]) == (303, f"/c/pay/{session.id}")
    page = buyer.look(session.url).text
    assert "This order is paid" in page
    assert 'name="number"' not in page
    assert f'href="http://127.0.0.1:9/thanks?session={session.id}"' in page


def test_letting_a_session_expire_closes_its_page(client, buyer: Buyer, session) -> None:
    assert buyer.send(session.url, action="expire").status_code == 303

    page = buyer.look(session.url).text
    assert "This checkout has expired" in page
    assert 'name="number"' not in page
    assert status_of(client, session) == "expired/unpaid"


def test_a_session_past_its_time_shows_as_expired(buyer: Buyer, session) -> None:
    advance(seconds=24 * 3600 + 1)

    assert "This checkout has expired" in buyer.look(session.url).text


def test_an_order_without_an_amount_needs_no_card(client, buyer: Buyer) -> None:
    session = client.v1.checkout.sessions.create(params=order(0))

    assert 'name="number"' not in buyer.look(session.url).text
    assert buyer.send(session.url, action="order").status_code == 303
    assert status_of(client, session) == "complete/no_payment_required"


def test_names_are_escaped(client, buyer: Buyer) -> None:
    item = order()["line_items"][0]
    item["price_data"]["product_data"]["name"] = "<script>alert(1)</script>"
    session = client.v1.checkout.sessions.create(params=order(line_items=[item]))

    page = buyer.look(session.url).text

    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_an_unknown_session_is_a_clear_404(buyer: Buyer, sandbox: str) -> None:
    answer = buyer.look(f"{sandbox}/c/pay/cs_test_nope")

    assert answer.status_code == 404
    assert "No such checkout.session" in answer.text


def test_the_receipt_names_card_and_amount(client, buyer: Buyer, session) -> None:
    intent = client.v1.payment_intents.retrieve(pay(session.id)["payment_intent"], params={"expand": ["latest_charge"]})

    receipt = buyer.look(intent.latest_charge.receipt_url).text

    assert "Receipt for $40.00" in receipt
    assert "Visa ending in 4242" in receipt


def test_the_page_needs_no_inline_code(buyer: Buyer, session) -> None:
    page = buyer.look(session.url).text

    assert "<script" not in page
    assert "<style" not in page
    assert " style=" not in page


def test_a_bank_account_is_chosen_at_the_pretended_bank(client, buyer: Buyer, session) -> None:
    assert 'href="/c/pay/' + session.id + '?method=bank"' in buyer.look(session.url).text
    to_bank = buyer.send(session.url + "?method=bank", action="bank", email="bo@example.com", name="Bo Buyer")
    assert (to_bank.status_code, to_bank.headers["Location"]) == (303, f"/c/pay/{session.id}/bank-account")
    assert "000123456789" in buyer.look(session.url + "/bank-account").text

    paid = buyer.send(session.url + "/bank-account", account="000123456789")

    assert (paid.status_code, paid.headers["Location"]) == (303, f"http://127.0.0.1:9/thanks?session={session.id}")
    assert status_of(client, session) == "complete/unpaid"
    found = client.v1.checkout.sessions.retrieve(session.id)
    assert (found.customer_details.email, found.customer_details.name) == ("bo@example.com", "Bo Buyer")
    page = buyer.look(session.url).text
    assert "This order is paid" not in page
    assert "on its way" in page


def test_the_bank_asks_who_pays_first(client, buyer: Buyer, session) -> None:
    shown = buyer.send(session.url + "?method=bank", action="bank", email="bo@example.com", name="")
    assert "The account holder&#39;s name is missing." in shown.text

    early = buyer.look(session.url + "/bank-account")

    assert (early.status_code, early.headers["Location"]) == (303, f"/c/pay/{session.id}?method=bank")
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', shown.text))
    late = buyer.cookies.post(session.url + "/bank-account", data={**form, "account": "000123456789"}, timeout=20)
    assert late.status_code == 400
    assert status_of(client, session) == "open/unpaid"


def test_a_bank_page_left_open_cannot_pay_what_another_tab_paid(client, buyer: Buyer, session) -> None:
    buyer.send(session.url + "?method=bank", action="bank", email="bo@example.com", name="Bo")
    form = dict(
        re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', buyer.look(session.url + "/bank-account").text)
    )
    pay(session.id)

    late = buyer.cookies.post(
        session.url + "/bank-account", data={**form, "account": "000123456789"}, allow_redirects=False, timeout=20
    )

    assert (late.status_code, late.headers["Location"]) == (303, f"/c/pay/{session.id}")
    assert status_of(client, session) == "complete/paid"


def test_a_session_without_the_bank_shows_no_tab(client, buyer: Buyer) -> None:
    session = client.v1.checkout.sessions.create(params=order(excluded_payment_method_types=["us_bank_account"]))

    assert "Bank account" not in buyer.look(session.url + "?method=bank").text
    only_bank = client.v1.checkout.sessions.create(params=order(allowed_payment_method_types=["us_bank_account"]))
    assert "Continue to your bank" in buyer.look(only_bank.url).text
