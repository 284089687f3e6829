"""python -m stripe_sandbox, against a running server."""

import pytest

from stripe_sandbox.testing import Refused, current, events_of, run_sandbox
from stripe_sandbox.tests.support.actors import Webhook, order, soon
from stripe_sandbox.tests.support.terminal import say


def test_pay_prints_what_was_paid(client) -> None:
    session = client.v1.checkout.sessions.create(params=order())

    said = say("pay", session.id)

    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert said == f"Paid {session.id} $40.00 with card 4242: complete/paid.\n{paid.payment_intent}\n"
    assert paid.payment_status == "paid"


def test_pay_names_no_payment_where_there_was_nothing_to_pay(client) -> None:
    session = client.v1.checkout.sessions.create(params=order(allow_promotion_codes=True))

    said = say("pay", session.id, "--code", "FREE100")

    assert said == f"Paid {session.id} $0.00: complete/no_payment_required.\n"


def test_pay_takes_a_card_and_approves_3d_secure_unless_told_otherwise(client) -> None:
    session = client.v1.checkout.sessions.create(params=order())

    with pytest.raises(Refused, match="unable to authenticate"):
        say("pay", session.id, "--card", "4000002760003184", "--fail-3ds")
    assert "with card 3184: complete/paid." in say("pay", session.id, "--card", "4000 0027 6000 3184")


def test_a_decline_says_why(client) -> None:
    session = client.v1.checkout.sessions.create(params=order())

    with pytest.raises(Refused) as found:
        say("pay", session.id, "--card", "4000000000009995")

    assert str(found.value) == "Refused: Your card has insufficient funds (card_declined, insufficient_funds)."


def test_a_session_that_is_over_or_unknown_is_one_sentence(client) -> None:
    session = client.v1.checkout.sessions.create(params=order())
    client.v1.checkout.sessions.expire(session.id)

    with pytest.raises(Refused, match=r"^This Checkout Session is expired; only an open one can be paid\.$"):
        say("pay", session.id)
    with pytest.raises(Refused, match=r"^No such checkout.session: 'cs_test_nope'\.$"):
        say("pay", "cs_test_nope")
    with pytest.raises(Refused, match=r"^Your card number is invalid\.$"):
        say("pay", client.v1.checkout.sessions.create(params=order()).id, "--card", "4242424242424241")


def test_a_server_that_is_away_is_named() -> None:
    with pytest.raises(Refused) as found:
        say("events", address="http://127.0.0.1:9")

    assert str(found.value) == "Nothing answers at http://127.0.0.1:9: start the sandbox there."


def test_a_stranger_at_the_address_is_named(webhook: Webhook) -> None:
    with pytest.raises(Refused, match="is not the Stripe sandbox"):
        say("events", address=webhook.url.removesuffix("/hook"))


def test_events_has_a_line_each_and_resend_sends_again(told_sandbox, webhook: Webhook) -> None:
    customer = told_sandbox.v1.customers.create(params={})
    (event,) = events_of(customer.id)
    soon(lambda: "delivered (HTTP 200)" in say("events", "--limit", "5"))

    (line,) = say("events").splitlines()
    assert line.split()[:3] == [event["id"], "customer.created", customer.id]

    assert say("resend", event["id"]) == f"Resent {event['id']} (customer.created): delivered (HTTP 200).\n"
    assert len(webhook.deliveries) == 2
    assert webhook.deliveries[0][0] == webhook.deliveries[1][0]


def test_resend_says_what_the_webhook_answered_this_time(told_sandbox, webhook: Webhook) -> None:
    webhook.statuses[:] = [200, 400]
    (event,) = events_of(told_sandbox.v1.customers.create(params={}).id)
    soon(lambda: "delivered (HTTP 200)" in say("events"))

    said = say("resend", event["id"])

    assert "failed 1 of 8 attempts (HTTP 400), will be tried again." in said


def test_resend_says_that_nobody_answers(told_sandbox, webhook: Webhook) -> None:
    (event,) = events_of(told_sandbox.v1.customers.create(params={}).id)
    soon(lambda: "delivered (HTTP 200)" in say("events"))
    current().config.webhook_url = "http://127.0.0.1:9/hook"

    assert "failed 1 of 8 attempts (nobody answers at http://127.0.0.1:9/hook)" in say("resend", event["id"])


def test_resend_without_an_address_or_an_event_is_one_sentence(client) -> None:
    customer = client.v1.customers.create(params={})
    (event,) = events_of(customer.id)

    with pytest.raises(Refused, match="No webhook address is set"):
        say("resend", event["id"])
    with pytest.raises(Refused, match="No such event: 'evt_nope'"):
        say("resend", "evt_nope")


def test_no_events_is_said(tmp_path) -> None:
    with run_sandbox(tmp_path / "store.db"):
        assert say("events") == "No events yet.\n"
