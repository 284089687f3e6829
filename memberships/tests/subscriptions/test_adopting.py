"""After a restore, memberships that began or were renewed since the backup are there again, for who pays for them."""

import pytest

from memberships.current import get_membership
from memberships.models import Invoice, Subscription
from memberships.testing.members import Member
from stripe_sandbox import testing
from tokens.models import Purchase, Refund, StripeCustomer
from tokens.purchases.refunds import refund
from tokens.reconciliation.run import reconcile
from tokens.testing.restored import lost

pytestmark = pytest.mark.django_db


def test_a_membership_that_began_after_the_backup_is_had_again(sandbox, alice, bob):
    with lost():
        gone = Member(sandbox, alice).subscribe("pro")
    new = Member(sandbox, bob).subscribe("premium")
    assert new.pk == gone.pk
    run = reconcile(adopt=True)
    assert run.unrepaired == 0, run.report
    assert [get_membership(user.pk).tier for user in (alice, bob)] == ["pro", "premium"]
    again = Purchase.objects.get(key=gone.key)
    assert (again.user_id, again.status, again.paid_cents) == (alice.pk, "completed", gone.paid_cents)
    assert (again.stripe_invoice_id, again.package_key) == (gone.stripe_invoice_id, "pro")
    assert again.adopted_at is not None
    assert StripeCustomer.objects.get(user=alice).stripe_id
    assert [reconcile(adopt=True).report for _ in range(2)] == ["", ""]
    assert Purchase.objects.count() == Subscription.objects.count() == 2


def test_a_member_with_a_newer_customer_has_the_older_membership_too(sandbox, alice):
    with lost():
        Member(sandbox, alice).subscribe("pro")
    sandbox.buy(alice)  # which made another Customer
    assert reconcile(adopt=True).unrepaired == 0
    assert get_membership(alice.pk).tier == "pro"
    assert reconcile(adopt=True).report == ""


def test_months_and_their_refunds_from_after_the_backup_are_there_in_one_run(sandbox, alice):
    member = Member(sandbox, alice)
    with lost():
        member.subscribe("pro")
        member.advance(days=32)
        second = Purchase.objects.latest("pk")
        refund(second, amount_cents=200, reason="as agreed", by=None)
    assert not Purchase.objects.exists()
    run = reconcile(adopt=True)
    assert run.unrepaired == 0, run.report
    assert Invoice.objects.count() == 2
    again = Purchase.objects.get(stripe_invoice_id=second.stripe_invoice_id)
    assert (again.status, Refund.objects.get().purchase_id) == ("partially_refunded", again.pk)
    assert reconcile(adopt=True).report == ""


def test_a_membership_that_ended_meanwhile_is_over(sandbox, alice):
    member = Member(sandbox, alice)
    with lost():
        member.subscribe("pro")
        testing.cancel_subscription(Subscription.objects.get().stripe_id)
    assert reconcile(adopt=True).unrepaired == 0
    assert (get_membership(alice.pk).tier, Purchase.objects.get().status) == ("free", "completed")
