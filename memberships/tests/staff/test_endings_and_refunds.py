"""Staff and memberships: ended from the customer's page, invoices refunded; Stripe works, refuses or is silent."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from memberships import complimentary
from memberships.current import get_membership
from memberships.models import Gift, Plan, Subscription
from memberships.subscriptions import changes
from memberships.testing.members import Member
from tokens.ledger.wallet import get_token_balance
from tokens.models import Purchase, Refund, StaffAct
from tokens.stripe_api import billing
from tokens.testing.ledger_rows import assert_books_are_right
from tokens.testing.office import hidden, hire, page, press, told
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db

SILENT = "http://127.0.0.1:9"


@pytest.fixture
def member(sandbox, alice):
    """alice, on Pro."""
    member = Member(sandbox, alice)
    member.subscribe("pro")
    return member


@pytest.fixture
def gift(alice, staff):
    until = timezone.now() + timedelta(days=30)
    return complimentary.give(alice, Plan.objects.get(key="premium"), until=until, reason="A thank-you", by=staff)


def customer(user):
    return page("accounts_user", "change", user.pk)


def button(name, user):
    return page("accounts_user", name, user.pk)


def acts():
    return list(StaffAct.objects.order_by("pk").values_list("by__username", "verb", "user__username"))


# --- from the customer's page --------------------------------------------------------------


def test_a_gift_is_ended_from_the_customers_page_once(client, alice, gift):
    client.force_login(hire("manager"))
    address = button("end_gift", alice)
    assert address in client.get(customer(alice)).content.decode()
    assert "Premium" in client.get(address).content.decode()
    answers = press(client, address)
    assert told(answers[0]) == ["alice's complimentary Premium plan was revoked."]
    assert {answer["HX-Redirect"] for answer in answers} == {customer(alice)}
    assert get_membership(alice.pk).tier == "free"
    assert acts() == [("manager", "end a gift", "alice")]
    assert address not in client.get(customer(alice)).content.decode()


def test_what_is_paid_for_is_cancelled_from_the_customers_page_once(client, alice, member):
    client.force_login(hire("finance"))
    address = button("cancel_membership", alice)
    assert address in client.get(customer(alice)).content.decode()
    answers = press(client, address)
    assert told(answers[0]) == ["alice's membership was cancelled."]
    assert Subscription.objects.get().status == "canceled"
    assert acts() == [("finance", "cancel a membership", "alice")]
    assert LogEntry.objects.count() == 1
    assert address not in client.get(customer(alice)).content.decode()


@pytest.mark.parametrize(
    ("name", "may"), [("end_gift", {"manager"}), ("cancel_membership", {"finance"}), ("give_membership", {"manager"})]
)
@pytest.mark.parametrize("role", ["support", "finance", "manager", "auditor"])
def test_each_button_is_for_its_role_alone(client, alice, member, gift, name, may, role):
    client.force_login(hire(role))
    address = button(name, alice)
    assert (address in client.get(customer(alice)).content.decode()) == (role in may)
    assert client.get(address).status_code == (200 if role in may else 403)
    if role not in may:
        body = {"_form_submitted": "True", "form_key": "k", "reason": "x"}
        assert client.post(address, body).status_code == 403
    assert (acts(), Gift.objects.get().ended_at, Subscription.objects.get().status) == ([], None, "active")


def test_who_has_no_membership_is_offered_no_end_of_one(client, alice, staff):
    client.force_login(staff)
    shown = client.get(customer(alice)).content.decode()
    assert button("end_gift", alice) not in shown
    assert button("cancel_membership", alice) not in shown
    assert button("give_membership", alice) in shown


# --- Stripe refuses, is silent, or hears of it twice ----------------------------------------


def test_a_cancellation_while_stripe_is_silent_is_told_and_can_be_tried_again(client, alice, member, settings):
    working = settings.STRIPE_API_BASE
    client.force_login(hire("finance"))
    address = button("cancel_membership", alice)
    settings.STRIPE_API_BASE = SILENT
    key = hidden(client.get(address), "form_key")
    body = {"_form_submitted": "True", "form_key": key, "reason": "As agreed by phone"}
    assert "Stripe" in told(client.post(address, body))[0]
    assert (acts(), Subscription.objects.get().status) == ([], "active")
    settings.STRIPE_API_BASE = working
    assert told(client.post(address, body))[-1] == "alice's membership was cancelled."
    assert acts() == [("finance", "cancel a membership", "alice")]


def test_what_stripe_has_cancelled_already_is_told_and_leaves_no_act(client, alice, member):
    billing.cancel_subscription(Subscription.objects.get().stripe_id)
    client.force_login(hire("finance"))
    answer = press(client, button("cancel_membership", alice), times=1)[0]
    assert told(answer) == ["You don't have a paid membership. Choose a plan first."]
    assert (acts(), LogEntry.objects.count()) == ([], 0)


def test_a_move_to_the_present_price_while_stripe_is_silent_changes_nothing(client, member, settings):
    Plan.objects.filter(key="pro").update(price_cents=700)
    row = Subscription.objects.get()
    client.force_login(hire("finance"))
    settings.STRIPE_API_BASE = SILENT
    answer = press(client, page("memberships_subscription", "move_to_present_price", row.pk), times=1)[0]
    assert "Stripe" in told(answer)[0]
    row.refresh_from_db()
    assert (row.amount_cents, acts(), LogEntry.objects.count()) == (500, [], 0)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_cancellation_beside_its_own_webhook_ends_the_membership_once(sandbox, alice):
    member = Member(sandbox, alice)
    member.subscribe("pro")
    at_once(lambda number: changes.cancel_now(alice.pk) if number % 2 else member.hear(), times=4)
    member.hear()
    assert (Subscription.objects.get().status, get_membership(alice.pk).tier) == ("canceled", "free")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_gift_given_and_ended_at_once_is_one_or_none_and_every_row_agrees(alice, staff):
    plan, until = Plan.objects.get(key="premium"), timezone.now() + timedelta(days=30)
    first = complimentary.give(alice, plan, until=until, reason="A thank-you", by=staff)

    def work(number):
        if number % 2:
            return complimentary.end(first, by=staff, reason="Enough")
        return complimentary.give(alice, plan, until=until, reason="Another", by=staff)

    at_once(work, times=6)
    assert Gift.objects.filter(ended_at=None).count() == 1
    assert get_membership(alice.pk).tier == "premium"


# --- an invoice is refunded on the same page as a pack --------------------------------------


def invoice_of(user):
    return Purchase.objects.get(user=user, type="subscription")


def test_half_of_an_invoice_is_refunded_once_through_the_page_of_every_purchase(client, alice, member):
    purchase, finance = invoice_of(alice), hire("finance")
    client.force_login(finance)
    address = page("tokens_purchase", "refund", purchase.pk)
    assert address in client.get(customer(alice), {"tab": "purchases"}).content.decode()
    form = client.get(address)
    assert 'name="tokens"' not in form.content.decode()
    key = hidden(form, "key")
    body = {"key": key, "how": "money", "money": "2.50", "reason": "Duplicate", "note": "x", "beyond": "on"}
    preview = client.post(address, body).content.decode()
    assert "Refund $2.50" in " ".join(preview.split())
    answers = [client.post(address, {**body, "_confirm": "250"}) for _ in range(2)]
    refund = Refund.objects.get()
    assert {answer["Location"] for answer in answers} == {page("tokens_refund", "change", refund.pk)}
    assert (refund.status, refund.amount_cents, refund.by) == ("succeeded", 250, finance)
    purchase.refresh_from_db()
    assert purchase.status == "partially_refunded"
    assert get_membership(alice.pk).tier == "pro"
    assert acts() == [("finance", "refund", "alice")]


def test_an_invoices_monthly_tokens_are_taken_back_with_its_money(client, sandbox, alice):
    Plan.objects.filter(key="pro").update(monthly_tokens=100)
    Member(sandbox, alice).subscribe("pro")
    purchase = invoice_of(alice)
    assert get_token_balance(alice.pk) == 100
    client.force_login(hire("finance"))
    address = page("tokens_purchase", "refund", purchase.pk)
    body = {"key": hidden(client.get(address), "key"), "how": "whole", "reason": "Duplicate", "note": "x"}
    client.post(address, {**body, "_confirm": "500"})
    assert (Refund.objects.get().amount_cents, get_token_balance(alice.pk)) == (500, 0)
    assert_books_are_right()
