"""/stripe-sandbox/, the operator's page."""

import pytest
import requests

from stripe_sandbox.testing import current, events_of, faults, pay
from stripe_sandbox.tests.support.actors import Buyer, Webhook, order, soon
from stripe_sandbox.tests.support.operator_page import press


def test_it_lists_sessions_and_events_with_their_delivery(told_sandbox, buyer: Buyer) -> None:
    session = told_sandbox.v1.checkout.sessions.create(params=order(customer_email="ann@example.com"))
    pay(session.id)

    page = buyer.look(f"{current().address}/stripe-sandbox/").text

    for text in (session.id, "ann@example.com", "complete, paid", "checkout.session.completed", "delivered (HTTP 200)"):
        assert text in page


def test_its_button_sends_an_event_again(told_sandbox, webhook: Webhook, buyer: Buyer) -> None:
    customer = told_sandbox.v1.customers.create(params={})
    (event,) = events_of(customer.id)
    soon(lambda: len(webhook.deliveries) == 1)

    answer = press(buyer, current().address, "do/resend", event=event["id"])

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/stripe-sandbox/?done=resend&id={event['id']}")
    page = buyer.look(current().address + answer.headers["Location"]).text
    assert f'Event <span class="number">{event["id"]}</span> was sent again: delivered (HTTP 200).' in page
    assert len(webhook.deliveries) == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:1"},
    ],
)
def test_a_form_that_another_site_sends_is_refused(sandbox: str, headers: dict[str, str]) -> None:
    for path in ("stripe-sandbox/do/resend", "c/pay/cs_test_1"):
        answer = requests.post(f"{sandbox}/{path}", data={"event": "evt_1"}, headers=headers, timeout=20)
        assert (answer.status_code, answer.text) == (403, "This form was sent by another site's page.")


def test_its_buttons_are_the_verbs(client, sandbox: str, buyer: Buyer) -> None:
    session = client.v1.checkout.sessions.create(params=order())
    intent = pay(session.id, bank="000123456789")["payment_intent"]

    assert press(buyer, sandbox, "do/settle", session=session.id).status_code == 303
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    press(buyer, sandbox, "do/refund", payment_intent=intent, amount="1500")
    press(buyer, sandbox, "do/refund", payment_intent=intent, amount="")
    one, two = client.v1.refunds.list(params={"payment_intent": intent}).data
    assert (two.amount, one.amount) == (1500, 2500)
    answer = press(buyer, sandbox, "do/fail-refund", refund=one.id)
    assert answer.headers["Location"] == f"/stripe-sandbox/?done=fail-refund&id={one.id}"
    assert client.v1.refunds.retrieve(one.id).status == "failed"

    page = buyer.look(sandbox + answer.headers["Location"]).text
    for text in (f'Done: fail-refund <span class="number long">{one.id}', "$15.00 refunded", "succeeded", "pending"):
        assert text in page


def test_an_open_session_is_paid_with_a_button(client, sandbox: str, buyer: Buyer) -> None:
    session = client.v1.checkout.sessions.create(params=order())
    assert "Pay by card" in buyer.look(f"{sandbox}/stripe-sandbox/").text

    press(buyer, sandbox, "do/pay", session=session.id)

    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_disputes_are_opened_and_decided_with_buttons(client, sandbox: str, buyer: Buyer) -> None:
    intent = pay(client.v1.checkout.sessions.create(params=order()).id)["payment_intent"]

    press(buyer, sandbox, "do/dispute", payment_intent=intent, inquiry="true")
    (dispute,) = client.v1.disputes.list(params={"payment_intent": intent}).data
    assert "Close the inquiry" in buyer.look(f"{sandbox}/stripe-sandbox/").text
    press(buyer, sandbox, "do/dispute", payment_intent=intent)
    press(buyer, sandbox, "do/close-dispute", dispute=dispute.id, won="false")

    assert client.v1.disputes.retrieve(dispute.id).status == "lost"
    assert "Appeal" in buyer.look(f"{sandbox}/stripe-sandbox/").text


def test_faults_are_switched_as_a_whole_form_and_cleared(sandbox: str, buyer: Buyer) -> None:
    boxes = dict.fromkeys(("duplicate", "shuffle", "two_ids"), "false")
    page = buyer.look(f"{sandbox}/stripe-sandbox/").text
    for name in boxes:  # what a box means that is not ticked
        assert f'<input type="hidden" name="{name}" value="false">' in page
    press(buyer, sandbox, "do/faults", **boxes | {"duplicate": "true"}, delay="7", drop=" charge.* ", give_up_after="")
    assert faults() == {
        "duplicate": True,
        "shuffle": False,
        "delay": 7,
        "drop": "charge.*",
        "two_ids": False,
        "give_up_after": 8,
    }
    press(buyer, sandbox, "do/faults", **boxes | {"shuffle": "true"}, delay="0", drop="", give_up_after="2")
    assert (faults()["duplicate"], faults()["drop"], faults()["give_up_after"]) == (False, "", 2)

    press(buyer, sandbox, "do/clear-faults")
    assert faults()["give_up_after"] == 8


def test_a_refused_verb_and_an_unknown_one_say_so(sandbox: str, buyer: Buyer) -> None:
    refused = press(buyer, sandbox, "do/refund", payment_intent="pi_nope")
    unknown = press(buyer, sandbox, "do/explode")

    assert (refused.status_code, unknown.status_code) == (400, 404)
    assert "No such payment_intent: &#39;pi_nope&#39;" in refused.text
    assert "The sandbox has no verb explode." in unknown.text


def test_each_attempt_at_an_event_is_listed(told_sandbox, webhook: Webhook, buyer: Buyer) -> None:
    webhook.statuses = [500]
    told_sandbox.v1.customers.create(params={})

    soon(lambda: len(webhook.deliveries) == 2)

    page = soon(lambda: (text := buyer.look(f"{current().address}/stripe-sandbox/").text).count("HTTP 200") and text)
    assert "HTTP 500 in" in page
    assert "HTTP 200 in" in page
