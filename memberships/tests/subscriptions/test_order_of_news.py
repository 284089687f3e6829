"""Any order of the events of two years, with repetitions, ends in the same membership and the same purchases."""

import io
import random

import pytest
from django.core.management import call_command

from devtools.testing.examples import tries
from memberships.models import Invoice, Membership, Subscription
from memberships.subscriptions import changes, upkeep
from memberships.testing.members import Member
from tokens.models import Mail, Purchase, StripeEvent

pytestmark = pytest.mark.django_db
SEEDS = range(tries(1))


class Deaf(Member):
    """A member whose events never come."""

    def hear(self):
        return


def live_two_years(member):
    """Start, renew, fail, recover, upgrade, downgrade, cancel, restart."""
    user_id = member.user.pk
    member.sandbox.pay(member.start("pro"))
    member.advance(days=95)
    upkeep.sync_customer(user_id)
    member.decline_next()
    member.advance(days=62)
    changes.change(user_id, "premium")
    member.advance(days=90)
    changes.change(user_id, "pro")
    member.advance(days=90)
    changes.cancel(user_id)
    changes.resume(user_id)
    member.advance(days=120)
    changes.cancel(user_id)
    member.advance(days=40)
    upkeep.sync_customer(user_id)
    member.sandbox.pay(member.start("premium"))
    member.advance(days=240)


def forget_everything():
    Invoice.objects.all().delete()
    Membership.objects.all().delete()
    Subscription.objects.all().delete()
    Mail.objects.all().delete()
    StripeEvent.objects.all().delete()
    Purchase.objects.filter(stripe_checkout_session_id=None).delete()
    Purchase.objects.update(
        status="pending", completed_at=None, paid_cents=None, stripe_payment_intent_id=None, stripe_invoice_id=None
    )


def what_is_left():
    known = (
        "tier",
        "status",
        "stripe_subscription_id",
        "current_period_end",
        "subscription__cancel_at",
        "subscription__next_plan",
    )
    purchases = Purchase.objects.values_list("stripe_invoice_id", "description", "paid_cents", "status", "package_key")
    subscriptions = Subscription.objects.values_list("stripe_id", "status", "end_reason", "plan")
    receipts = Mail.objects.filter(kind="membership_paid").values_list("subject", flat=True)
    return Membership.objects.values(*known).get(), *(sorted(rows) for rows in (purchases, subscriptions, receipts))


def test_any_shuffle_and_repetition_of_two_years_ends_the_same(sandbox, alice):
    member = Deaf(sandbox, alice)
    live_two_years(member)
    events = member.events()
    assert len({event["type"] for event in events}) >= 9

    def after(deliveries):
        forget_everything()
        assert {sandbox.deliver(event).status_code for event in deliveries} == {200}
        return what_is_left()

    in_order = after(events)
    membership, purchases, subscriptions, receipts = in_order
    assert (membership["tier"], len(subscriptions), len(receipts)) == ("premium", 2, len(purchases))
    assert len(purchases) >= 20
    for seed in SEEDS:
        chance = random.Random(seed)
        repeated = [*events, *chance.sample(events, len(events) // 4)]
        chance.shuffle(repeated)
        assert after(repeated) == in_order, seed


def test_asking_stripe_alone_ends_the_same_as_the_news(sandbox, alice):
    member = Deaf(sandbox, alice)
    live_two_years(member)
    for event in member.events():
        sandbox.deliver(event)
    heard = what_is_left()
    forget_everything()
    for _ in range(2):
        call_command("sync_memberships", stdout=io.StringIO())
        assert what_is_left() == heard
