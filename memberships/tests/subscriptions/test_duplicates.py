"""Two tabs cannot end in two memberships: the second is ended and refunded, and the customer is told."""

import random

import pytest

from memberships.current import get_membership
from memberships.errors import AlreadyMember
from memberships.models import Subscription
from memberships.subscriptions import checkout, endings
from memberships.testing.members import Member
from stripe_sandbox import testing
from tokens.errors import CallUnderWay
from tokens.models import Mail, Purchase, Refund
from tokens.stripe_api import billing
from tokens.sweep import sweep
from tokens.testing.races import at_once
from tokens.testing.sandbox import HERE

pytestmark = pytest.mark.django_db


@pytest.fixture
def twice(alices, sandbox, monkeypatch):
    """alice has paid on two hosted pages that were open at once, for Pro and then for Premium."""
    monkeypatch.setattr(checkout, "close_pages", lambda *user, **but: None)  # as if both were opened together
    orders = [alices.start("pro"), alices.start("premium")]
    for order in orders:
        sandbox.pay(order)
        testing.advance(seconds=2)
    return orders


def outcome(user):
    return {
        "tier": get_membership(user.pk).tier,
        "purchases": list(
            Purchase.objects.for_user(user.pk).order_by("id").values_list("package_key", "paid_cents", "status")
        ),
        "live": list(Subscription.objects.live().values_list("plan", flat=True)),
        "refunds": list(Refund.objects.values_list("amount_cents", "source", "status")),
        "emails": sorted(Mail.objects.filter(kind__startswith="membership").values_list("kind", flat=True)),
    }


ONE_IS_LEFT = {
    "tier": "pro",
    "purchases": [("pro", 500, "completed"), ("premium", 1000, "refunded")],
    "live": ["pro"],
    "refunds": [(1000, "system", "succeeded")],
    "emails": ["membership_duplicate", "membership_paid", "membership_paid"],
}


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
def test_the_second_is_ended_and_refunded_in_whatever_order_the_news_comes(alices, alice, twice, sandbox, seed):
    events = alices.events()
    if seed is not None:
        random.Random(seed).shuffle(events)
    for event in events:
        assert sandbox.deliver(event).status_code == 200
    for _ in range(2):
        sweep()
        alices.hear()
    assert outcome(alice) == ONE_IS_LEFT


def test_a_page_paid_meanwhile_is_found_when_another_is_asked_for(alices, alice, sandbox):
    sandbox.pay(alices.start("pro"))
    with pytest.raises(AlreadyMember):
        alices.start("premium")
    assert get_membership(alice.pk).tier == "pro"


def test_a_first_one_that_ended_meanwhile_makes_the_second_no_duplicate(alices, alice, twice):
    alices.hear()
    billing.cancel_subscription(Subscription.objects.get(plan="pro").stripe_id)
    assert Subscription.objects.get(plan="premium").end_reason == "duplicate"
    endings.end_what_must()
    alices.hear()
    assert (get_membership(alice.pk).tier, Refund.objects.count()) == ("premium", 0)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_open_one_page(sandbox, alice):
    pages = at_once(lambda _: checkout.start(alice.pk, "pro", buyer=HERE).checkout_url)
    assert len({page for page in pages if not isinstance(page, CallUnderWay)}) == 1  # the others come again
    assert Purchase.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_duplicate_ended_by_four_workers_at_once_is_refunded_once(sandbox, alice, monkeypatch):
    alices = Member(sandbox, alice)
    monkeypatch.setattr(checkout, "close_pages", lambda *user, **but: None)
    for order in [alices.start("pro"), alices.start("premium")]:
        sandbox.pay(order)
        testing.advance(seconds=2)
    alices.hear()
    at_once(lambda _: endings.end_what_must(), times=4)
    sweep()
    assert outcome(alice) == ONE_IS_LEFT
