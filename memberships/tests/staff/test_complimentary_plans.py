"""Memberships that staff give and end, with who and why."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone

from memberships import complimentary
from memberships.current import get_membership
from memberships.models import Gift, Membership, Plan
from memberships.testing.members import Member

pytestmark = pytest.mark.django_db


@pytest.fixture
def premium(db):
    return Plan.objects.get(key="premium")


def give(user, plan, staff, *, days=30, reason="for the long wait"):
    return complimentary.give(user, plan, until=timezone.now() + timedelta(days=days), reason=reason, by=staff)


def test_a_gift_counts_until_its_date(alice, staff, premium):
    gift = give(alice, premium, staff)
    found = get_membership(alice.pk)
    assert (found.tier, found.domains_limit, found.gift_until, found.is_billed) == ("premium", None, gift.until, False)
    Gift.objects.update(until=timezone.now())
    assert get_membership(alice.pk).tier == "free"


def test_ending_it_says_who_and_why_and_twice_changes_nothing(alice, staff, premium):
    gift = give(alice, premium, staff)
    first = complimentary.end(gift, by=staff, reason="given by mistake")
    again = complimentary.end(gift, by=staff, reason="once more")
    assert get_membership(alice.pk).tier == "free"
    assert (again.ended_by, again.ended_reason, again.ended_at) == (staff, "given by mistake", first.ended_at)


def test_another_gift_replaces_the_first_which_keeps_its_history(alice, staff, premium):
    give(alice, premium, staff)
    give(alice, Plan.objects.get(key="pro"), staff)
    assert get_membership(alice.pk).tier == "pro"
    assert list(Gift.objects.order_by("id").values_list("ended_reason", flat=True)) == [
        "Replaced by another complimentary plan",
        "",
    ]


def test_ending_a_replaced_gift_leaves_the_present_one(alice, staff, premium):
    first = give(alice, premium, staff)
    give(alice, Plan.objects.get(key="pro"), staff)
    complimentary.end(first, by=staff, reason="late click")
    assert get_membership(alice.pk).tier == "pro"


@pytest.mark.parametrize(("days", "reason"), [(-1, "fine"), (0, "fine"), (30, " ")])
def test_a_gift_that_makes_no_sense_is_refused(alice, staff, premium, days, reason):
    with pytest.raises(ValueError, match=r"date in the future|needs a reason"):
        give(alice, premium, staff, days=days, reason=reason)
    assert not Gift.objects.exists()


def test_what_carries_most_counts_beside_a_subscription(sandbox, alice, staff, premium):
    Member(sandbox, alice).subscribe("pro")
    give(alice, premium, staff)
    found = get_membership(alice.pk)
    assert (found.tier, found.subscribed.key, found.is_billed) == ("premium", "pro", True)
    complimentary.end(Gift.objects.get(), by=staff, reason="over")
    assert get_membership(alice.pk).tier == "pro"


def test_gifts_of_databases_from_before_memberships_pointed_at_them_go_on(alice, bob, staff, premium):
    ended, gift = give(alice, premium, staff), give(bob, premium, staff)
    complimentary.end(ended, by=staff, reason="over")
    Membership.objects.update(gift=None)
    import_module("memberships.migrations.0007_point_at_the_gift").point_at_gifts_that_go_on(apps, None)
    assert (get_membership(alice.pk).tier, get_membership(bob.pk).tier) == ("free", "premium")
    assert Membership.objects.get(user=bob).gift == gift
