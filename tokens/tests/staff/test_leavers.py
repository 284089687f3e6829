"""What was asked for by somebody who has left the staff since: another person stands for it, or it is not done."""

import uuid

import pytest

from tokens.ledger.wallet import get_token_balance
from tokens.models import Grant, GrantRequest, Refund
from tokens.staff import approving, batches, granting, refunding
from tokens.staff.acts import Why
from tokens.staff.errors import AskerLeft
from tokens.testing.buying import buy
from tokens.testing.office import hire, page, press, told, words

pytestmark = pytest.mark.django_db

LEFT = "Whoever asked for this has left the staff. Decline the request, and start again if it is right."


@pytest.fixture(params=["is_active", "is_staff"])
def leave(request):
    """Dismisses somebody, in one way or the other."""
    return lambda member: type(member).objects.filter(pk=member.pk).update(**{request.param: False})


@pytest.fixture
def member(db):
    return hire("support", "finance")


def start(member, *users):
    emails = [user.email for user in users]
    return batches.start(emails, tokens=20, why=Why(member, "Promotion"), key=uuid.uuid4())


def test_a_list_that_has_not_begun_grants_nobody_and_says_why(client, alice, bob, member, leave):
    batch = start(member, alice, bob)
    leave(member)

    assert [batches.work_one(), batches.work_one()] == [True, False]

    batch.refresh_from_db()
    assert (batch.status, batch.granted, Grant.objects.count()) == ("declined", 0, 0)
    client.force_login(hire("manager"))
    shown = words(client.get(page("tokens_grantbatch", "change", batch.pk)))
    assert f"Stopped: {member} has left the staff, and nobody else approved this list." in shown


def test_a_list_that_is_being_worked_stops_where_it_is(alice, bob, member, leave, monkeypatch):
    monkeypatch.setattr(batches, "AT_A_TIME", 1)
    batch = start(member, alice, bob)
    claimed = batches._claim(batch.created_at)
    assert claimed
    batches._step(claimed)
    batch.refresh_from_db()
    type(batch).objects.update(lease_until=batch.created_at)
    leave(member)

    assert batches.work_one()
    batch.refresh_from_db()
    assert (batch.status, batch.worked) == ("declined", 1)
    assert [get_token_balance(user.pk) for user in (alice, bob)] == [20, 0]


def test_a_list_that_another_person_approved_goes_on(alice, bob, member, leave, settings):
    settings.STAFF_DAILY_GRANT_LIMIT = 30
    batch = start(member, alice, bob)
    approving.approve(batch.request, why=Why(hire("manager"), "Fine"))
    leave(member)

    assert batches.work_one()
    assert [get_token_balance(user.pk) for user in (alice, bob)] == [20, 20]


def test_a_grant_that_waits_is_not_approved_any_more_but_declined(client, alice, bob, member, leave, settings):
    settings.STAFF_DAILY_GRANT_LIMIT = 10
    asked = granting.grant(alice, tokens=20, why=Why(member, "Goodwill"))
    assert isinstance(asked, GrantRequest)
    batch = start(member, alice, bob)
    leave(member)
    manager = hire("manager")
    client.force_login(manager)

    for row in (asked, batch.request):
        with pytest.raises(AskerLeft):
            approving.approve(row, why=Why(manager, "Fine"))
        assert told(press(client, page("tokens_grantrequest", "approve", row.pk))[0])[-1] == LEFT
        assert approving.decline(row, why=Why(manager, "Gone")).status == "declined"
    assert not batches.work_one()
    assert not Grant.objects.exists()


def test_a_refund_that_waits_is_not_approved_any_more_but_declined(client, sandbox, alice, member, leave):
    purchase = buy(sandbox, alice, "premium")
    why, key = Why(member, "Duplicate"), refunding.key_of(purchase)
    asked = refunding.refund(purchase, amount_cents=7000, why=why, key=key)
    leave(member)
    client.force_login(hire("manager"))

    assert told(press(client, page("tokens_refundrequest", "approve", asked.pk))[0])[-1] == LEFT
    assert not Refund.objects.exists()
    press(client, page("tokens_refundrequest", "decline", asked.pk))
    asked.refresh_from_db()
    assert asked.status == "declined"
