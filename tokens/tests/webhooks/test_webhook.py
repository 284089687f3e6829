"""Stripe's messages: once each, from Stripe only, and only what agrees with our own row."""

import pytest
import stripe

from stripe_sandbox import testing
from tokens.ledger.wallet import get_token_balance
from tokens.models import Purchase, StripeEvent
from tokens.sweep import settle_late_purchases, sweep
from tokens.testing.ledger_rows import assert_books_are_right, entries_of
from tokens.testing.races import at_once
from tokens.testing.sandbox import Sandbox
from tokens.webhooks import inbox

pytestmark = pytest.mark.django_db


def test_a_paid_session_credits_its_purchase(sandbox, paid, alice):
    response = sandbox.deliver(sandbox.event(paid))
    paid.refresh_from_db()
    assert response.status_code == 200
    assert (paid.status, paid.paid_cents, get_token_balance(alice.pk)) == ("completed", 4000, 500)
    assert paid.stripe_payment_intent_id.startswith("pi_")
    assert paid.completed_at is not None
    assert_books_are_right()


def test_second_delivery_of_the_same_event_credits_nothing(sandbox, paid, alice):
    event = sandbox.event(paid)
    assert [sandbox.deliver(event).status_code for _ in range(3)] == [200] * 3
    assert entries_of(alice) == [("credit", 500, 500)]
    assert StripeEvent.objects.get().attempts == 1


def test_a_later_delivery_takes_one_statement(sandbox, paid, django_assert_num_queries):
    event = sandbox.event(paid)
    sandbox.deliver(event)
    with django_assert_num_queries(1):
        sandbox.deliver(event)


def test_two_event_ids_for_one_payment_credit_once(sandbox, paid, alice):
    event = sandbox.event(paid)
    sandbox.deliver(event)
    assert sandbox.deliver({**event, "id": "evt_another"}).status_code == 200
    assert entries_of(alice) == [("credit", 500, 500)]


def test_every_event_of_a_purchase_in_any_order_credits_once(sandbox, paid, alice):
    events = [
        event
        for object_id in (paid.stripe_checkout_session_id, sandbox.event(paid)["data"]["object"]["payment_intent"])
        for event in testing.events_of(object_id)
    ]
    assert len(events) >= 3
    assert {sandbox.deliver(event).status_code for event in [*reversed(events), *events]} == {200}
    assert entries_of(alice) == [("credit", 500, 500)]
    assert_books_are_right()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ids", [["evt_1"], ["evt_1", "evt_2"]], ids=["the same", "two ids"])
def test_eight_deliveries_at_once_credit_once(sandbox, alice, ids):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    event = sandbox.event(purchase)

    def deliver(number):
        return Sandbox(type(sandbox.client)()).deliver({**event, "id": ids[number % len(ids)]}).status_code

    answers = at_once(deliver)
    assert answers == [200] * 8
    assert entries_of(alice) == [("credit", 500, 500)]
    assert_books_are_right()


def test_an_event_nobody_acts_on_is_filed_and_done(sandbox):
    event = {"id": "evt_1", "object": "event", "type": "product.created", "livemode": False, "data": {"object": {}}}
    assert sandbox.deliver(event).status_code == 200
    assert StripeEvent.objects.get().status == "done"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount_subtotal", 100),
        ("amount_total", 100),
        ("amount_total", 4001),
        ("currency", "eur"),
        ("client_reference_id", "999999"),
        ("client_reference_id", None),
        ("livemode", True),
        ("id", "cs_test_of_another_purchase"),
    ],
)
def test_a_session_that_differs_from_its_purchase_credits_nothing_and_is_kept(sandbox, paid, alice, field, value):
    event = sandbox.event(paid)
    event["data"]["object"][field] = value
    assert sandbox.deliver(event).status_code == 500
    stored = StripeEvent.objects.get()
    assert stored.status == "failed"
    assert stored.last_error.startswith("SessionMismatch")
    assert field in stored.last_error
    paid.refresh_from_db()
    assert (paid.status, get_token_balance(alice.pk)) == ("pending", 0)


def test_a_session_that_names_a_purchase_unknown_here_is_kept_for_staff(sandbox, paid):
    event = sandbox.event(paid)
    event["data"]["object"]["metadata"]["purchase_key"] = "00000000-0000-4000-8000-000000000000"
    assert sandbox.deliver(event).status_code == 500
    assert StripeEvent.objects.get().last_error.startswith("UnknownPurchase")


@pytest.mark.parametrize("written", ["hat-7", 7, ["a list"], {"id": "hat-7"}, "not a uuid", True])
def test_a_pointer_that_is_no_key_of_ours_was_written_by_another_shop(sandbox, paid, written):
    event = sandbox.event(paid)
    event["data"]["object"]["metadata"]["purchase_key"] = written
    assert sandbox.deliver(event).status_code == 200
    assert (StripeEvent.objects.get().status, Purchase.objects.get().status) == ("not_ours", "pending")


def test_a_session_of_another_shop_on_the_same_account_is_none_of_ours(sandbox, paid):
    event = sandbox.event(paid)
    event["data"]["object"]["metadata"] = {"order": "7"}
    assert sandbox.deliver(event).status_code == 200
    assert Purchase.objects.get().status == "pending"


def test_a_completed_but_unpaid_session_credits_nothing_until_the_money_comes(sandbox, paid, alice):
    event = sandbox.event(paid)
    event["data"]["object"]["payment_status"] = "unpaid"
    sandbox.deliver(event)
    paid.refresh_from_db()
    assert (paid.status, get_token_balance(alice.pk)) == ("processing", 0)
    later = {**event, "id": "evt_later", "type": "checkout.session.async_payment_succeeded"}
    later["data"]["object"]["payment_status"] = "paid"
    sandbox.deliver(later)
    paid.refresh_from_db()
    assert (paid.status, get_token_balance(alice.pk)) == ("completed", 500)


def test_a_session_expired_before_anyone_paid_expires_its_purchase(sandbox, alice):
    purchase = sandbox.buy(alice)
    client = stripe.StripeClient("sk_test_sandbox", base_addresses={"api": purchase.checkout_url.split("/c/")[0]})
    client.v1.checkout.sessions.expire(purchase.stripe_checkout_session_id)
    assert sandbox.deliver(sandbox.event(purchase, "checkout.session.expired")).status_code == 200
    purchase.refresh_from_db()
    assert purchase.status == "expired"


def test_late_money_for_an_expired_purchase_is_credited_once(sandbox, paid, alice):
    Purchase.objects.update(status="expired")
    event = sandbox.event(paid)
    sandbox.deliver(event)
    sandbox.deliver({**event, "id": "evt_again"})
    assert entries_of(alice) == [("credit", 500, 500)]


def test_a_failed_event_keeps_its_error_and_the_next_delivery_succeeds(sandbox, paid, alice, monkeypatch):
    event = sandbox.event(paid)

    def fall_over(session):
        Purchase.objects.update(description="half done")
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setitem(inbox._handlers, event["type"], [(fall_over, None)])
        assert sandbox.deliver(event).status_code == 500
    stored = StripeEvent.objects.get()
    assert (stored.status, stored.attempts, stored.last_error) == ("failed", 1, "RuntimeError: the disk is full")
    assert Purchase.objects.get().description == "Pro Pack: 500 tokens"
    assert sandbox.deliver(event).status_code == 200
    stored.refresh_from_db()
    assert (stored.status, stored.attempts, stored.last_error) == ("done", 2, "")
    assert get_token_balance(alice.pk) == 500


def test_the_sweep_works_a_failed_event_when_its_time_has_come(sandbox, paid, alice, monkeypatch):
    event = sandbox.event(paid)
    with monkeypatch.context() as broken:
        broken.setitem(inbox._handlers, event["type"], [(lambda session: 1 / 0, None)])
        sandbox.deliver(event)
    assert sweep()["events processed"] == 0
    StripeEvent.objects.update(next_try_at="2026-01-01T00:00Z")
    assert sweep()["events processed"] == 1
    assert get_token_balance(alice.pk) == 500


def test_the_sweep_settles_a_purchase_whose_webhook_never_came(sandbox, paid, alice):
    assert settle_late_purchases() == 0
    Purchase.objects.update(created_at="2026-01-01T00:00Z")
    assert sweep()["purchases settled"] == 1
    assert get_token_balance(alice.pk) == 500
    assert sweep()["purchases settled"] == 0


def test_the_page_about_deployment_names_every_event_that_the_endpoint_must_be_subscribed_to(settings):
    page = (settings.BASE_DIR / "docs/deploying.md").read_text()
    assert [event for event in inbox.handled_types() if f"`{event}`" not in page] == []
