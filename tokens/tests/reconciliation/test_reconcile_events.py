"""Events that were dropped, given up or failed: received and worked, oldest first."""

import pytest

from stripe_sandbox import testing
from tokens.ledger.wallet import get_token_balance
from tokens.models import Purchase, StripeEvent
from tokens.testing.ledger_rows import assert_books_are_right, entries_of
from tokens.testing.reconciled import report
from tokens.testing.sandbox import wait_for_deliveries
from tokens.webhooks.inbox import handled_types

pytestmark = pytest.mark.django_db
NOBODY = "http://127.0.0.1:9/api/tokens/webhook"


def test_events_that_were_dropped_are_received_oldest_first(sandbox, alice, settings):
    testing.current().config.webhook_url = NOBODY
    testing.faults(drop=True)
    purchase = sandbox.buy(alice)
    intent = sandbox.pay(purchase)["payment_intent"]
    testing.refund(intent, 1000)
    handled = set(handled_types())
    told = {event["id"]: event["type"] for event in testing.events_since(None) if event["type"] in handled}
    lines = [f"event {id}: never arrived here, {type} undelivered at Stripe; repaired." for id, type in told.items()]
    found = report()
    assert set(found) == set(lines)
    of_one_list = [line for line in lines if " checkout.session.completed " in line or " charge.refunded " in line]
    assert [line for line in found if line in of_one_list] == of_one_list
    assert len(of_one_list) == 2
    assert (report(), get_token_balance(alice.pk)) == ([], 375)
    # The payment itself is settled by its session.
    others = StripeEvent.objects.exclude(type="payment_intent.succeeded")
    assert set(others.values_list("status", flat=True)) == {"done"}
    assert_books_are_right()


def test_events_that_were_given_up_are_received(sandbox, alice, settings):
    testing.current().config.webhook_url = NOBODY
    testing.faults(give_up_after=1)
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    wait_for_deliveries()
    lines = report()
    assert len(lines) == 3
    for type in ("checkout.session.completed", "payment_intent.succeeded", "invoice.paid"):
        assert any(f"{type} undelivered" in line for line in lines)
    assert (report(), entries_of(alice)) == ([], [("credit", 500, 500)])


def test_an_event_that_failed_here_is_worked_again_and_one_that_cannot_be_is_named(sandbox, alice, settings):
    testing.current().config.webhook_url = NOBODY
    testing.faults(drop=True)
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    Purchase.objects.update(amount_cents=1)
    others = ("invoice.paid", "payment_intent.succeeded")
    lines = [line for line in report() if not any(type in line for type in others)]
    assert [("event" in line, "not repaired" in line) for line in lines] == [(True, True), (False, True)]
    assert StripeEvent.objects.exclude(type__in=others).get().status == "failed"
    Purchase.objects.update(amount_cents=4000)
    (line,) = report()
    assert "event" in line
    assert "failed (SessionMismatch" in line
    assert line.endswith("repaired.")
    assert get_token_balance(alice.pk) == 500
