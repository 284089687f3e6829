"""Webhooks: signed for real, tried again, never lost, never sent twice by two workers."""

import json
import time

import pytest
import stripe

from stripe_sandbox import customers, deliveries, store, webhooks, worker
from stripe_sandbox.events import Cause
from stripe_sandbox.testing import events_of, pay, run_sandbox
from stripe_sandbox.tests.actors import Buyer, Webhook, at_once, order, soon


@pytest.fixture
def quiet_store(tmp_path, settings, webhook: Webhook):
    """A store without a server and so without a worker: the test makes every attempt itself."""
    settings.SANDBOX_STORE, settings.SANDBOX_WEBHOOK_URL = str(tmp_path / "store.db"), webhook.url
    yield
    store.close_idle()


def record_event() -> str:
    with store.writing() as db:
        customers.create(db, {}, cause=Cause())
        return deliveries.latest(db, limit=1)[0]["id"]


def state_of(event_id: str) -> str:
    with store.reading() as db:
        return db.execute("SELECT state FROM delivery WHERE event_id = ?", (event_id,)).fetchone()["state"]


def claimed() -> webhooks.Delivery:
    delivery = webhooks.claim()
    assert delivery is not None
    return delivery


def make_due() -> None:
    with store.writing() as db:
        db.execute("UPDATE delivery SET next_at = 0, lease_until = 0")


def test_a_purchase_is_delivered_in_order_and_verifies(told_sandbox, webhook: Webhook, settings) -> None:
    session = told_sandbox.v1.checkout.sessions.create(params=order())

    pay(session.id)

    secret = settings.STRIPE_WEBHOOK_SECRET
    events = [stripe.Webhook.construct_event(body, header, secret) for body, header in webhook.deliveries]
    assert [event.type for event in events] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]
    assert [event.pending_webhooks for event in events] == [1, 1, 1, 1]


def test_the_redirect_waits_until_the_webhook_was_told(told_sandbox, webhook: Webhook, buyer: Buyer) -> None:
    session = told_sandbox.v1.checkout.sessions.create(params=order())

    buyer.pay(session)

    assert json.loads(webhook.deliveries[-1][0])["type"] == "checkout.session.completed"


def test_a_slow_webhook_holds_the_redirect_for_some_seconds_only(told_sandbox, webhook: Webhook, buyer: Buyer) -> None:
    session = told_sandbox.v1.checkout.sessions.create(params=order())
    webhook.pause_seconds = 2.5
    started = time.monotonic()

    assert buyer.pay(session).status_code == 303
    assert 4.5 < time.monotonic() - started < 6.5
    webhook.pause_seconds = 0


def test_what_was_delivered_is_told_apart_from_what_was_not(told_sandbox, webhook: Webhook) -> None:
    webhook.statuses = [500]
    first = told_sandbox.v1.customers.create(params={})
    soon(lambda: webhook.deliveries)
    second = told_sandbox.v1.customers.create(params={})

    def found(delivery_success: bool) -> list[str]:
        listed = told_sandbox.v1.events.list(params={"delivery_success": delivery_success})
        return [event.data.object.id for event in listed.data]

    soon(lambda: found(True) == [second.id])
    assert found(False) == [first.id]
    soon(lambda: found(True) == [second.id, first.id])


@pytest.mark.parametrize("status", [500, 302, 404])
def test_anything_but_2xx_is_tried_again(quiet_store, webhook: Webhook, status: int) -> None:
    event, webhook.statuses = record_event(), [status]

    webhooks.attempt(claimed())

    assert (len(webhook.deliveries), state_of(event)) == (1, "waiting")
    make_due()
    webhooks.attempt(claimed())
    assert (len(webhook.deliveries), state_of(event)) == (2, "delivered")
    assert webhook.deliveries[0][0] == webhook.deliveries[1][0]


def test_attempts_move_apart_and_end(quiet_store, webhook: Webhook) -> None:
    event, webhook.statuses = record_event(), [500] * webhooks.ATTEMPTS
    waits = []

    while delivery := webhooks.claim():
        webhooks.attempt(delivery)
        waits.append(round((webhooks.next_due() or time.time()) - time.time()))
        make_due()

    assert waits == [1, 2, 4, 8, 16, 32, 64, 0]
    assert state_of(event) == "given_up"


def test_a_webhook_that_is_away_is_a_failed_attempt(quiet_store, settings) -> None:
    settings.SANDBOX_WEBHOOK_URL = "http://127.0.0.1:9/hook"
    event = record_event()

    webhooks.attempt(claimed())

    with store.reading() as db:
        assert "failed 1 of 8 attempts" in deliveries.latest(db, limit=1)[0]["delivery"]
    assert state_of(event) == "waiting"


def test_eight_workers_claim_each_attempt_once(quiet_store) -> None:
    events = {record_event() for _ in range(4)}

    claimed = [delivery for delivery in at_once(8, webhooks.claim) if delivery]

    assert sorted(delivery.event_id for delivery in claimed) == sorted(events)


def test_a_claim_whose_process_died_is_made_again(quiet_store) -> None:
    record_event()
    lost = claimed()
    assert webhooks.claim() is None

    make_due()

    again = claimed()
    assert (again.event_id, again.number) == (lost.event_id, 2)


def test_a_new_server_delivers_what_an_old_one_could_not(tmp_path, webhook: Webhook) -> None:
    with run_sandbox(tmp_path / "s.db", webhook_url="http://127.0.0.1:9/gone"):
        event = record_event()
        worker.start()
        soon(lambda: state_of(event) == "waiting" and webhooks.next_due())

    with run_sandbox(tmp_path / "s.db", webhook_url=webhook.url):
        worker.start()
        soon(lambda: webhook.deliveries)
        assert soon(lambda: state_of(event) == "delivered")


def test_a_worker_serves_the_store_that_is_set(tmp_path, webhook: Webhook, settings) -> None:
    """Another store may be put in place while a thread naps; the next request starts a thread for it."""
    settings.SANDBOX_WEBHOOK_URL = webhook.url
    events: list[str] = []
    for name in ("first.db", "second.db"):
        settings.SANDBOX_STORE = str(tmp_path / name)
        events.append(record_event())
        worker.start()
        worker.call()
        soon(lambda: state_of(events[-1]) == "delivered", seconds=0.8)
    worker.stop()
    store.close_idle()


def test_without_an_address_events_are_recorded_and_sent_nowhere(sandbox, client) -> None:
    session = client.v1.checkout.sessions.create(params=order())
    pay(session.id)

    (event,) = events_of(session.id)

    assert event["pending_webhooks"] == 0
    assert webhooks.next_due() is None


def test_an_event_can_be_delivered_by_hand(client, settings) -> None:
    session = client.v1.checkout.sessions.create(params=order())
    pay(session.id)
    (event,) = events_of(session.id)

    body, header = webhooks.signed(event["id"])

    assert stripe.Webhook.construct_event(body, header, settings.STRIPE_WEBHOOK_SECRET).id == event["id"]
