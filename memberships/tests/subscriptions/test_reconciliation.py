"""What was never heard of memberships is found by reconciliation, once."""

import io

import pytest
from django.core.management import call_command

from memberships.current import get_membership
from memberships.testing.members import Member
from stripe_sandbox import testing
from tokens.models import Purchase
from tokens.reconciliation.run import reconcile

pytestmark = pytest.mark.django_db


def lines():
    return reconcile().report.splitlines()


def test_a_subscription_that_was_never_heard_of_is_found_and_then_agrees(alices, alice, sandbox):
    sandbox.pay(alices.start("pro"))
    found = lines()
    assert len(found) >= 1
    assert all("; repaired." in line for line in found)
    assert (get_membership(alice.pk).tier, Purchase.objects.get().status) == ("pro", "completed")
    assert lines() == []


def test_an_unheard_renewal_and_an_unheard_end_are_found(alices, alice):
    alices.subscribe("pro")
    testing.advance(seconds=32 * 24 * 3600)
    assert len(lines()) >= 1
    assert (Purchase.objects.count(), lines()) == (2, [])
    alices.decline_next(times=9)
    testing.advance(seconds=62 * 24 * 3600)
    assert len(lines()) >= 1
    assert (get_membership(alice.pk).tier, lines()) == ("free", [])


def test_the_command_names_what_it_repaired(alices, sandbox):
    sandbox.pay(alices.start("pro"))
    out = io.StringIO()
    call_command("reconcile", stdout=out)
    assert "1 difference fixed" in out.getvalue()


def test_agreeing_memberships_cost_the_same_statements(alices, alice, bob, sandbox, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    alices.subscribe("pro")
    with CaptureQueriesContext(connection) as one:
        assert lines() == []
    Member(sandbox, bob).subscribe("premium")
    with CaptureQueriesContext(connection) as two:
        assert lines() == []
    assert len(two) == len(one)
