"""Webhooks: signed for real, tried again, never lost, never sent twice by two workers."""

import json
import time

import pytest
import stripe

from stripe_sandbox.catalogue import customers
from stripe_sandbox.config import Config
from stripe_sandbox.store.store import Store
from stripe_sandbox.testing import SECRET, advance, events_of, next_delivery, pay, run_sandbox, signed
from stripe_sandbox.tests.support.actors import Buyer, Webhook, at_once, order, soon
from stripe_sandbox.webhooks import attempts, deliveries


@pytest.fixture
def store(tmp_path, webhook: Webhook):
    """Without a server and so without a worker: the test makes every attempt itself."""
    store = Store(Config(str(tmp_path / "store.db"), webhook_url=webhook.url, webhook_secret=SECRET))
    yield store
    store.close_idle()


def record_event(store: Store) -> str:
    with store.writing() as db:
        customers.create(db, {})
        return deliveries.latest(db, limit=1)[0]["id"]


def state_of(store: Store, event_id: str) -> str:
    with store.reading() as db:
        return db.execute("SELECT state FROM delivery WHERE event_id = ?", (event_id,)).fetchone()["state"]


def claimed(store: Store) -> attempts.Delivery:
    delivery = attempts.claim(store)
    assert delivery is not None
    return delivery


def make_due(store: Store) -> None:
    with store.writing() as db:
        db.execute("UPDATE delivery SET next_at = 0, lease_until = 0")


HINT = "does the shop verify with the signing secret that `serve` was given as --webhook-secret?"


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (400, b"bad signature\nand more", f"HTTP 400: bad signature ({HINT})"),
        (401, b"", f"HTTP 401 ({HINT})"),
        (403, b"  \n  no\n", f"HTTP 403: no ({HINT})"),
        (
            500,
            b"<!doctype html>\n<title>500 Internal Server Error</title>",
            f"HTTP 500: 500 Internal Server Error ({HINT})",
        ),
        (404, b"<style>p {}</style><p>Not here</p>", "HTTP 404: Not here"),
        (503, b"\x1b[31mred\x07" + b"x" * 300, "HTTP 503:  [31mred " + "x" * 191),
        (302, b"", "HTTP 302"),
    ],
)
def test_a_failed_delivery_is_one_line_of_the_log(
    store: Store, webhook: Webhook, caplog: pytest.LogCaptureFixture, status: int, body: bytes, said: str
) -> None:
    webhook.statuses[:], webhook.body = [status], body
    event_id = record_event(store)

    attempts.attempt(store, claimed(store))

    assert [record.getMessage() for record in caplog.records] == [f"Webhook {event_id}, attempt 1: {said}"]


def test_a_delivery_that_nobody_answers_is_logged_and_one_that_arrives_is_not(
    store: Store, webhook: Webhook, caplog: pytest.LogCaptureFixture
) -> None:
    record_event(store)
    attempts.attempt(store, claimed(store))
    assert caplog.records == []

    event_id, store.config.webhook_url = record_event(store), "http://127.0.0.1:9/hook"
    attempts.attempt(store, claimed(store))
    said = f"Webhook {event_id}, attempt 1: nobody answers at http://127.0.0.1:9/hook"
    assert [record.getMessage() for record in caplog.records] == [said]


def test_an_event_names_the_request_that_caused_it_and_time_names_none(told_sandbox, buyer: Buyer) -> None:
    made = told_sandbox.v1.customers.create(params={}, options={"idempotency_key": "once"})
    (created,) = events_of(made.id)
    assert created["request"] == {"id": made.last_response.request_id, "idempotency_key": "once"}

    paid, left = (told_sandbox.v1.checkout.sessions.create(params=order()) for _ in range(2))
    buyer.pay(paid)
    (taken,) = events_of(
        told_sandbox.v1.checkout.sessions.retrieve(paid.id).payment_intent, type="payment_intent.succeeded"
    )
    assert taken["request"]["id"].startswith("req_")
    advance(days=2)
    for ended, type in ((paid, "completed"), (left, "expired")):
        (event,) = events_of(ended.id, type=f"checkout.session.{type}")
        assert event["request"] == {"id": None, "idempotency_key": None}


def test_a_purchase_is_delivered_in_order_and_verifies(told_sandbox, webhook: Webhook) -> None:
    session = told_sandbox.v1.checkout.sessions.create(params=order())

    pay(session.id)

    secret = SECRET
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
def test_anything_but_2xx_is_tried_again(store, webhook: Webhook, status: int) -> None:
    event, webhook.statuses = record_event(store), [status]

    attempts.attempt(store, claimed(store))

    assert (len(webhook.deliveries), state_of(store, event)) == (1, "waiting")
    make_due(store)
    attempts.attempt(store, claimed(store))
    assert (len(webhook.deliveries), state_of(store, event)) == (2, "delivered")
    assert webhook.deliveries[0][0] == webhook.deliveries[1][0]


def test_attempts_move_apart_and_end(store, webhook: Webhook) -> None:
    event, webhook.statuses = record_event(store), [500] * attempts.ATTEMPTS
    waits = []

    while delivery := attempts.claim(store):
        attempts.attempt(store, delivery)
        waits.append(round((attempts.next_due(store) or time.time()) - time.time()))
        make_due(store)

    assert waits == [1, 2, 4, 8, 16, 32, 64, 0]
    assert state_of(store, event) == "given_up"


def test_a_webhook_that_is_away_is_a_failed_attempt(store) -> None:
    store.config.webhook_url = "http://127.0.0.1:9/hook"
    event = record_event(store)

    attempts.attempt(store, claimed(store))

    with store.reading() as db:
        assert "failed 1 of 8 attempts" in deliveries.latest(db, limit=1)[0]["delivery"]
    assert state_of(store, event) == "waiting"


def test_eight_workers_claim_each_attempt_once(store) -> None:
    events = {record_event(store) for _ in range(4)}

    claimed = [delivery for delivery in at_once(8, lambda: attempts.claim(store)) if delivery]

    assert sorted(delivery.event_id for delivery in claimed) == sorted(events)


def test_a_claim_whose_process_died_is_made_again(store) -> None:
    record_event(store)
    lost = claimed(store)
    assert attempts.claim(store) is None

    make_due(store)

    again = claimed(store)
    assert (again.event_id, again.number) == (lost.event_id, 2)


def test_a_new_server_delivers_what_an_old_one_could_not(tmp_path, webhook: Webhook) -> None:
    with run_sandbox(tmp_path / "s.db", webhook_url="http://127.0.0.1:9/gone") as old:
        event = record_event(old._store)
        soon(lambda: state_of(old._store, event) == "waiting" and old.next_delivery())

    with run_sandbox(tmp_path / "s.db", webhook_url=webhook.url) as new:
        soon(lambda: webhook.deliveries)
        assert soon(lambda: state_of(new._store, event) == "delivered")


def test_two_sandboxes_in_one_process_never_meet(tmp_path, webhook: Webhook) -> None:
    with Webhook() as other, run_sandbox(tmp_path / "1.db", webhook_url=webhook.url) as one:
        with run_sandbox(tmp_path / "2.db", webhook_url=other.url) as two:
            events = [record_event(running._store) for running in (one, two)]
            soon(lambda: state_of(one._store, events[0]) == state_of(two._store, events[1]) == "delivered")
            assert [len(running.events_since(None)) for running in (one, two)] == [1, 1]
        told = [[json.loads(body)["id"] for body, _ in hook.deliveries] for hook in (webhook, other)]
    assert told == [[events[0]], [events[1]]]


def test_without_an_address_events_are_recorded_and_sent_nowhere(sandbox, client) -> None:
    session = client.v1.checkout.sessions.create(params=order())
    pay(session.id)

    (event,) = events_of(session.id)

    assert event["pending_webhooks"] == 0
    assert next_delivery() is None


def test_an_event_can_be_delivered_by_hand(client) -> None:
    session = client.v1.checkout.sessions.create(params=order())
    pay(session.id)
    (event,) = events_of(session.id)

    body, header = signed(event["id"])

    assert stripe.Webhook.construct_event(body, header, SECRET).id == event["id"]
