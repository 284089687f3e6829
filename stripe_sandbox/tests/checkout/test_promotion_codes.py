"""Promotion codes: entered on the hosted page, half off or all off."""

import pytest
import stripe

from stripe_sandbox.testing import Refused, events_of, pay
from stripe_sandbox.tests.support.actors import Buyer, line, order


@pytest.fixture
def session(client) -> stripe.checkout.Session:
    items = [line(4000), line(999, name="Extra")]
    return client.v1.checkout.sessions.create(params=order(allow_promotion_codes=True, line_items=items))


def amounts_of(client, session) -> tuple[int, int, int]:
    found = client.v1.checkout.sessions.retrieve(session.id)
    return found.amount_subtotal, found.total_details.amount_discount, found.amount_total


def enter(buyer: Buyer, session, code: str):
    return buyer.cookies.post(session.url + "/promotion-code", data={"code": code}, allow_redirects=False, timeout=20)


def test_half_off_is_half_of_each_line(client, buyer: Buyer, session) -> None:
    assert enter(buyer, session, "half50").headers["Location"] == f"/c/pay/{session.id}"

    assert amounts_of(client, session) == (4999, 2500, 2499)
    page = buyer.look(session.url).text
    assert "−$25.00" in page
    assert "Pay $24.99" in page
    found = client.v1.checkout.sessions.retrieve(session.id, params={"expand": ["line_items"]})
    assert [item.amount_total for item in found.line_items.data] == [2000, 499]
    promotion = client.v1.promotion_codes.retrieve(found.discounts[0].promotion_code)
    assert (promotion.code, client.v1.coupons.retrieve(promotion.promotion.coupon).percent_off) == ("HALF50", 50)


def test_all_off_needs_no_payment(client, buyer: Buyer, session) -> None:
    with pytest.raises(Refused):
        pay(session.id, card="4000000000000002")
    enter(buyer, session, "FREE100")

    assert "There is nothing to pay." in buyer.look(session.url).text
    assert buyer.send(session.url, action="order").status_code == 303

    done = client.v1.checkout.sessions.retrieve(session.id)
    assert (done.status, done.payment_status, done.payment_intent) == ("complete", "no_payment_required", None)
    assert amounts_of(client, session) == (4999, 4999, 0)
    assert [event["type"] for event in events_of(session.id)] == ["checkout.session.completed"]


def test_a_code_can_be_given_while_paying(session) -> None:
    paid = pay(session.id, code="HALF50")

    assert (paid["amount_total"], paid["payment_status"]) == (2499, "paid")


def test_a_code_can_be_taken_back(client, buyer: Buyer, session) -> None:
    enter(buyer, session, "FREE100")

    buyer.cookies.post(session.url + "/promotion-code", data={"remove": "1"}, timeout=20)

    assert amounts_of(client, session) == (4999, 0, 4999)
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "unpaid"


def test_a_wrong_code_is_said_and_changes_nothing(client, buyer: Buyer, session) -> None:
    answer = enter(buyer, session, "NOPE")

    page = buyer.look(session.url.split("/c/")[0] + answer.headers["Location"]).text
    assert "This code is not valid here." in page
    assert 'value="NOPE"' in page
    assert amounts_of(client, session) == (4999, 0, 4999)


def test_a_session_that_allows_no_codes_has_no_box_and_takes_none(client, buyer: Buyer) -> None:
    session = client.v1.checkout.sessions.create(params=order())

    assert "Promotion code" not in buyer.look(session.url).text
    with pytest.raises(Refused, match="takes no promotion codes"):
        pay(session.id, code="FREE100")


def test_a_discount_that_leaves_too_little_is_refused(client) -> None:
    session = client.v1.checkout.sessions.create(params=order(60, allow_promotion_codes=True))

    with pytest.raises(Refused, match=r"\$0\.30 is too little to pay"):
        pay(session.id, code="HALF50")


def test_the_codes_are_listed(client, session) -> None:
    assert {found.code for found in client.v1.promotion_codes.list().data} == {"FREE100", "HALF50"}
    assert [found.id for found in client.v1.promotion_codes.list(params={"coupon": "FREE100"}).data] == [
        "promo_1SandboxFree100"
    ]
    assert {found.percent_off for found in client.v1.coupons.list().data} == {50, 100}
