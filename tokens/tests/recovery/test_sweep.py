"""What the worker does every minute: events that never came, and events that failed, by many workers at once."""

import time

import pytest

from stripe_sandbox import testing
from tokens.models import Purchase, StripeEvent
from tokens.stripe_api import gateway
from tokens.sweep import settle_late_purchases, sweep
from tokens.testing.ledger_rows import assert_books_are_right, entries_of
from tokens.testing.races import at_once
from tokens.testing.sandbox import Sandbox
from tokens.webhooks import inbox

pytestmark = pytest.mark.django_db
LONG_AGO = "2026-01-01T00:00Z"


@pytest.fixture
def processing(sandbox, alice):
    """A Pro Pack whose buyer is done and whose bank is not."""
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase, bank="000123456789")
    sandbox.deliver(sandbox.event(purchase))
    purchase.refresh_from_db()
    assert purchase.status == "processing"
    return purchase


def test_a_bank_payment_whose_news_never_came_is_asked_about_and_credited_once(processing, alice):
    Purchase.objects.update(created_at=LONG_AGO)
    assert sweep()["purchases settled"] == 0
    testing.settle(processing.stripe_checkout_session_id)
    assert [sweep()["purchases settled"] for _ in range(2)] == [1, 0]
    processing.refresh_from_db()
    assert (processing.status, entries_of(alice)) == ("completed", [("credit", 500, 500)])
    assert_books_are_right()


def test_a_purchase_still_young_is_not_asked_about(processing, alice):
    testing.settle(processing.stripe_checkout_session_id)
    assert settle_late_purchases() == 0
    assert entries_of(alice) == []


@pytest.fixture
def failed_event(sandbox, alice, monkeypatch):
    """The event of alice's payment, which failed when it came; what it does now takes a moment."""
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    event = sandbox.event(purchase)
    registered = inbox._handlers[event["type"]]
    (handle,) = [handler for handler, after in registered if after is None]
    others = [(handler, after) for handler, after in registered if after]
    with monkeypatch.context() as broken:
        broken.setitem(inbox._handlers, event["type"], [(lambda session: 1 / 0, None)])
        assert sandbox.deliver(event).status_code == 500
    StripeEvent.objects.update(next_try_at=LONG_AGO)
    worked = []

    def slowly(session):
        worked.append(session["id"])
        time.sleep(0.1)
        handle(session)

    monkeypatch.setitem(inbox._handlers, event["type"], [(slowly, None), *others])
    return event, worked


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_failed_event_that_eight_workers_try_again_at_once_is_worked_once(failed_event, alice):
    _, worked = failed_event
    found = StripeEvent.objects.get(status="failed")
    outcomes = at_once(lambda _: inbox.work(found))
    assert [(event.status, event.attempts) for event in outcomes] == [("done", 2)] * 8
    assert len(worked) == 1
    assert entries_of(alice) == [("credit", 500, 500)]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_failed_event_delivered_again_while_the_sweep_works_it_is_worked_once(sandbox, failed_event, alice):
    event, worked = failed_event
    browser = type(sandbox.client)

    def arrive(number):
        return Sandbox(browser()).deliver(event).status_code if number % 2 else sweep()["events processed"]

    outcomes = at_once(arrive)
    assert set(outcomes[1::2]) == {200}
    assert set(outcomes[::2]) <= {0, 1}
    assert len(worked) == 1
    assert StripeEvent.objects.get().attempts == 2
    assert entries_of(alice) == [("credit", 500, 500)]
    assert_books_are_right()


def test_a_stripe_that_cannot_be_reached_is_asked_once_by_a_sweep(sandbox, alice, bob, settings, monkeypatch):
    for user in (alice, bob):
        sandbox.pay(sandbox.buy(user))
    Purchase.objects.update(created_at="2026-01-01T00:00Z")
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    asked = []
    real = gateway.retrieve_checkout_session

    def ask(session_id):
        asked.append(session_id)
        return real(session_id)

    monkeypatch.setattr(gateway, "retrieve_checkout_session", ask)
    assert settle_late_purchases() == 0
    assert len(asked) == 1
