"""The same events in many threads, and different events of one member at once."""

import pytest
from django.utils import timezone

from memberships.current import get_membership
from memberships.models import Invoice, Membership, Plan, Subscription
from memberships.subscriptions import changes, sync
from stripe_sandbox import testing
from tokens.models import LedgerEntry, Purchase
from tokens.models.stripe import StripeEvent
from tokens.stripe_api import billing
from tokens.testing.races import at_once
from tokens.testing.sandbox import Sandbox

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def deliver(sandbox, event):
    return Sandbox(type(sandbox.client)()).deliver(event).status_code


def test_all_the_news_of_a_start_at_once_is_one_membership_and_one_line(alices, alice, sandbox):
    Plan.objects.filter(key="pro").update(monthly_tokens=30)
    sandbox.pay(alices.start("pro"))
    events = alices.events()
    answers = at_once(lambda number: deliver(sandbox, events[number % len(events)]), times=3 * len(events))
    assert set(answers) == {200}
    assert get_membership(alice.pk).tier == "pro"
    assert (Purchase.objects.count(), Invoice.objects.count(), Subscription.objects.count()) == (1, 1, 1)
    assert list(LedgerEntry.objects.values_list("kind", "tokens")) == [("credit", 30)]


def test_a_renewal_and_its_refund_told_at_once_do_not_wait_for_each_other(alices, alice, sandbox):
    order = alices.subscribe("pro")
    testing.renew(Membership.objects.get(pk=alice.pk).stripe_subscription_id)
    testing.refund(order.stripe_payment_intent_id, 100)
    events = alices.events()
    assert {"invoice.paid", "refund.created"} <= {event["type"] for event in events}
    answers = at_once(lambda number: deliver(sandbox, events[number % len(events)]), times=2 * len(events))
    assert set(answers) == {200}
    assert not StripeEvent.objects.exclude(status__in=["done", "not_ours"]).exists()
    assert sorted(Purchase.objects.values_list("status", flat=True)) == ["completed", "partially_refunded"]


def test_an_older_answer_never_overwrites_a_newer_one(alices, alice):
    alices.subscribe("pro")
    stripe_id = Membership.objects.get(pk=alice.pk).stripe_subscription_id
    before = timezone.now()
    old = billing.retrieve_subscription(stripe_id)
    changes.cancel(alice.pk)
    sync.record_subscription(old, asked_at=before)
    assert get_membership(alice.pk).cancel_at_period_end is True


def test_cancel_resume_and_sync_at_once_end_as_stripe_has_it(alices, alice):
    alices.subscribe("pro")
    stripe_id = Membership.objects.get(pk=alice.pk).stripe_subscription_id
    verbs = [changes.cancel, changes.resume, lambda _: sync.sync(stripe_id)]
    at_once(lambda number: verbs[number % 3](alice.pk), times=6)
    alices.hear()
    theirs = billing.retrieve_subscription(stripe_id)
    assert get_membership(alice.pk).cancel_at_period_end is bool(theirs["cancel_at"])
