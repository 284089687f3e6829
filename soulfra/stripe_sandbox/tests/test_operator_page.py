"""/stripe-sandbox/, the operator's page."""

import requests

from soulfra.stripe_sandbox.testing import events_of, pay
from soulfra.stripe_sandbox.tests.actors import Buyer, Webhook, order, soon


def test_it_lists_sessions_and_events_with_their_delivery(told_sandbox, buyer: Buyer, settings) -> None:
    session = told_sandbox.v1.checkout.sessions.create(params=order(customer_email="ann@example.com"))
    pay(session.id)

    page = buyer.look(f"{settings.SANDBOX_ADDRESS}/stripe-sandbox/").text

    for text in (session.id, "ann@example.com", "complete, paid", "checkout.session.completed", "delivered (HTTP 200)"):
        assert text in page


def test_its_button_sends_an_event_again(told_sandbox, webhook: Webhook, buyer: Buyer, settings) -> None:
    customer = told_sandbox.v1.customers.create(params={})
    (event,) = events_of(customer.id)
    soon(lambda: len(webhook.deliveries) == 1)
    page = f"{settings.SANDBOX_ADDRESS}/stripe-sandbox/"
    token = buyer.look(page).text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]

    answer = buyer.cookies.post(
        page + "resend",
        data={"csrfmiddlewaretoken": token, "event": event["id"]},
        allow_redirects=False,
        timeout=20,
    )

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/stripe-sandbox/?resent={event['id']}")
    soon(lambda: len(webhook.deliveries) == 2)


def test_a_resend_without_its_token_is_refused(sandbox: str) -> None:
    assert requests.post(f"{sandbox}/stripe-sandbox/resend", data={"event": "evt_1"}, timeout=20).status_code == 403
