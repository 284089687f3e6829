"""Rows of work are taken by one worker at a time, and by the next one when the first has died."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tokens import leases
from tokens.models import Mail
from tokens.testing.races import at_once

LEASE = timedelta(minutes=10)


def emails(user, number):
    now = timezone.now()
    for each in range(number):
        Mail.objects.create(
            user=user, kind="refund", about=f"email:{each}", next_try_at=now - timedelta(seconds=9 - each)
        )


def take():
    now = timezone.now()
    due = Mail.objects.filter(status=Mail.Status.WAITING, next_try_at__lte=now).order_by("next_try_at")
    return leases.take(due, lambda email: {"next_try_at": now + LEASE, "attempts": email.attempts + 1})


@pytest.mark.django_db
def test_the_row_that_waited_longest_is_taken_first_and_each_once(alice):
    emails(alice, 3)
    assert [take().about for _ in range(3)] == ["email:0", "email:1", "email:2"]
    assert take() is None


@pytest.mark.django_db
def test_a_row_is_taken_over_when_its_lease_is_up_and_the_first_worker_has_it_no_more(alice):
    emails(alice, 1)
    first = take()
    assert leases.if_still_ours(first).exists()
    Mail.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
    second = take()
    assert (first.attempts, second.attempts) == (1, 2)
    assert leases.if_still_ours(second).exists()
    assert not leases.if_still_ours(first).update(status=Mail.Status.SENT)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_workers_each_takes_another_row_and_the_rest_nothing(alice):
    emails(alice, 5)
    taken = [email.pk for email in at_once(lambda _: take()) if email]
    assert sorted(taken) == sorted(Mail.objects.values_list("pk", flat=True))[: len(taken)]
    assert len(set(taken)) == len(taken) == 5


def test_one_waits_twice_as_long_after_each_failure_and_never_longer_than_the_longest():
    waits = [
        leases.wait_before_next(attempts, first=timedelta(minutes=1), longest=timedelta(hours=6)).total_seconds() / 60
        for attempts in (1, 2, 3, 9, 10, 16, 45, 10_000)
    ]
    assert waits == [1, 2, 4, 256, 360, 360, 360, 360]
