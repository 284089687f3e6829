"""Nobody acts on their own account in the back office, superusers included: not by a button, a list or a function."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.http import HttpRequest
from django.utils import timezone

from accounts import api_keys
from memberships import complimentary
from memberships.models import Gift, Plan, Subscription
from memberships.subscriptions import changes
from memberships.testing.members import Member
from soulfra.backoffice.customer import account
from soulfra.privacy.export import export
from tokens.errors import ActOnSelf, NotPermitted
from tokens.ledger.wallet import get_token_balance
from tokens.models import Grant, GrantBatch, GrantRequest, Mail, Refund, RefundRequest, StaffAct
from tokens.spending.holds import hold
from tokens.staff import approving, batches, granting, grants, noting, refunding, replaying, stating, stopping
from tokens.staff.acts import Why, record
from tokens.testing.buying import buy
from tokens.testing.office import hidden, hire, page, press, told

pytestmark = pytest.mark.django_db

LISTED = {"emails": [], "tokens": 1, "reason": "x"}
OWN = "You can't do this to your own account. Ask a colleague."
LIST = page("tokens_grantbatch", "grant_to_a_list")


@pytest.fixture(params=["staff", "every role"])
def member(request, staff):
    """A superuser, or somebody with every role, with 100 tokens."""
    member = staff if request.param == "staff" else hire("support", "finance", "manager")
    grants.grant(member, tokens=100, reason="Bought", by=None)
    return member


@pytest.fixture
def nothing_done(member):
    """Afterwards nothing was done, nor written down."""
    yield
    assert (get_token_balance(member.pk), StaffAct.objects.count()) == (100, 0)
    assert not Grant.objects.exclude(by=None).exists()


@pytest.mark.usefixtures("nothing_done")
@pytest.mark.parametrize("tokens", [1, 100, 100_000])
def test_five_grants_to_oneself_give_nothing(member, tokens):
    for _ in range(5):
        with pytest.raises(ActOnSelf, match="your own account"):
            granting.grant(member, tokens=tokens, why=Why(member, "Goodwill"))
    assert not GrantRequest.objects.exists()


ACTS = {
    "deduct": lambda me, why: granting.deduct(me, tokens=1, why=why),
    "grant without a log": lambda me, why: grants.grant(me, tokens=1, reason="x", by=me),
    "deduct without a log": lambda me, why: grants.deduct(me, tokens=1, reason="x", by=me),
    "grant of a list": lambda me, why: granting.give(me, batch=GrantBatch.objects.create(**LISTED, by=me), why=why),
    "suspend": lambda me, why: stopping.block(me, why=why),
    "reinstate": lambda me, why: stopping.unblock(me, why=why),
    "note": lambda me, why: noting.write_note(me, text="A good customer", by=me),
    "reset": lambda me, why: account.send_password_reset(me, request=HttpRequest(), why=why),
    "key": lambda me, why: account.revoke_key(api_keys.issue(me, name="CI")[0], why=why),
    "export": lambda me, why: export(me, why=why),
    "any act": lambda me, why: record("bless", "x", why=why, user_id=me.pk),
    "complimentary plan": lambda me, why: complimentary.give(
        me, Plan.objects.get(key="premium"), until=timezone.now() + timedelta(days=9), reason="x", by=me
    ),
}


@pytest.mark.usefixtures("nothing_done")
@pytest.mark.parametrize("act", ACTS)
def test_no_function_of_staff_acts_on_whoever_calls_it(member, act):
    with pytest.raises(ActOnSelf):
        ACTS[act](member, Why(member, "Goodwill"))
    assert not Gift.objects.exists()


def test_a_hold_of_ones_own_is_not_released(member):
    usage = hold(member, "data_export")
    with pytest.raises(ActOnSelf):
        stopping.release(usage, why=Why(member, "Stuck"))
    usage.refresh_from_db()
    assert usage.status == "held"


def test_an_email_to_oneself_is_not_sent_again(member):
    letter = Mail.objects.create(user=member, kind="receipt", subject="s", text="t", status="given_up")
    with pytest.raises(ActOnSelf):
        replaying.send_again(letter, why=Why(member, "Lost"))


def test_a_complimentary_plan_of_ones_own_is_neither_prolonged_nor_ended(member):
    until = timezone.now() + timedelta(days=9)
    gift = complimentary.give(member, Plan.objects.get(key="premium"), until=until, reason="x", by=hire("manager"))
    with pytest.raises(ActOnSelf):
        complimentary.end(gift, by=member, reason="x")
    with pytest.raises(ActOnSelf):
        complimentary.give(member, gift.plan, until=until + timedelta(days=99), reason="x", by=member)
    assert [(each.until, each.ended_at) for each in Gift.objects.all()] == [(until, None)]


def test_a_purchase_of_ones_own_is_refunded_by_nobody_but_a_colleague(sandbox, member):
    purchase = buy(sandbox, member, "premium")
    for cents in (1, 7000):
        with pytest.raises(ActOnSelf):
            refunding.refund(purchase, amount_cents=cents, why=Why(member, "Duplicate"), key=refunding.key_of(purchase))
    assert (Refund.objects.count(), RefundRequest.objects.count()) == (0, 0)
    colleague = Why(hire("finance"), "Duplicate")
    refunding.refund(purchase, amount_cents=7000, why=colleague, key=refunding.key_of(purchase))
    asked = RefundRequest.objects.get()
    for decide in (refunding.approve, refunding.decline):
        with pytest.raises(ActOnSelf):
            decide(asked, why=Why(member, "It is me"))
    asked.refresh_from_db()
    assert (asked.status, Refund.objects.count()) == ("waiting", 0)


@pytest.mark.breaks_the_books
def test_the_worth_of_a_refund_to_oneself_is_stated_by_a_colleague(sandbox, member):
    purchase = buy(sandbox, member, "pro")
    row = Refund.objects.create(
        user=member,
        purchase=purchase,
        amount_cents=0,
        stripe_currency="eur",
        stripe_cents=1,
        stripe_id="re_1",
        unclear="x",
    )
    with pytest.raises(ActOnSelf):
        stating.state(row, amount=Decimal(1), why=Why(member, "Seen"))
    row.refresh_from_db()
    assert row.stated_cents is None


def test_a_membership_of_ones_own_is_cancelled_and_repriced_by_a_colleague(client, sandbox, member):
    Member(sandbox, member).subscribe("pro")
    row = Subscription.objects.get()
    for act in (
        lambda: changes.cancel_now(member.pk, by=member),
        lambda: changes.move_to_present_price(row, by=member),
    ):
        with pytest.raises(ActOnSelf):
            act()
    client.force_login(member)
    answers = press(client, page("memberships_membership", "cancel_now", member.pk))
    assert told(answers[0]) == [OWN]
    row.refresh_from_db()
    assert (row.status, StaffAct.objects.count()) == ("active", 0)


@pytest.mark.usefixtures("nothing_done")
@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("grant", {"tokens": "100", "reason": "Goodwill", "note": "For me"}),
        ("deduct", {"tokens": "1", "reason": "Correction", "note": "For me"}),
        ("give_membership", {"plan": "premium", "until": "2099-01-01"}),
        ("block", {}),
    ],
)
def test_a_button_on_ones_own_page_says_to_ask_a_colleague(client, member, name, fields):
    client.force_login(member)
    assert told(press(client, page("accounts_user", name, member.pk), **fields)[0]) == [OWN]


@pytest.mark.usefixtures("nothing_done")
def test_a_complimentary_plan_by_ones_own_username_is_refused(client, member):
    client.force_login(member)
    fields = {"username": member.username, "plan": "premium", "until": "2099-01-01"}
    assert told(press(client, page("memberships_gift", "give_to"), **fields)[0]) == [OWN]
    assert not Gift.objects.exists()


# --- lists -------------------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_done")
@pytest.mark.parametrize("written", ["{}", "<{}>", "x@example.com; {}"])
def test_a_list_with_ones_own_address_is_refused_before_anything_is_granted(client, member, alice, written):
    client.force_login(member)
    emails = f"{alice.email}\n{written.format(member.email.upper())}"
    body = {"key": hidden(client.get(LIST), "key"), "emails": emails, "tokens": "20", "reason": "Goodwill", "note": "x"}
    shown = client.post(LIST, body).content.decode()
    assert f"Your own address is on this list: {member.email.lower()}. Remove it and try again." in shown
    assert "Grant 20 tokens" not in shown
    with pytest.raises(ActOnSelf):
        batches.start(batches.read(emails), tokens=20, why=Why(member, "Goodwill"), key=uuid.uuid4())
    assert not GrantBatch.objects.exists()


@pytest.mark.parametrize("verified", [True, False])
def test_a_second_address_of_ones_own_is_on_no_list_either(member, verified):
    EmailAddress.objects.create(user=member, email="second@example.com", verified=verified)
    with pytest.raises(ActOnSelf, match="second@"):
        batches.start(["second@example.com"], tokens=20, why=Why(member, "Goodwill"), key=uuid.uuid4())


def test_an_address_taken_after_the_list_was_started_gives_its_new_owner_nothing(client, member, alice):
    why, key = Why(member, "Promotion"), uuid.uuid4()
    batch = batches.start([alice.email, "mine@example.com"], tokens=20, why=why, key=key)
    EmailAddress.objects.create(user=member, email="mine@example.com", verified=True)
    assert batches.work_one()
    batch.refresh_from_db()
    assert [get_token_balance(user.pk) for user in (alice, member)] == [20, 100]
    assert (batch.status, batch.worked, batch.granted, batch.unknown) == ("done", 2, 1, [])
    client.force_login(hire("auditor"))
    shown = " ".join(client.get(page("tokens_grantbatch", "change", batch.pk)).content.decode().split())
    assert "1 address was skipped: it belongs to someone who requested or approved this list." in shown


def test_whoever_is_on_a_list_does_not_approve_it(settings, alice):
    settings.STAFF_DAILY_GRANT_LIMIT = 10
    approver = hire("manager")
    batch = batches.start([approver.email], tokens=20, why=Why(hire("support"), "Goodwill"), key=uuid.uuid4())
    for decide in (approving.approve, approving.decline):
        with pytest.raises(ActOnSelf):
            decide(batch.request, why=Why(approver, "It is me"))
    assert not batches.work_one()
    approving.approve(batch.request, why=Why(hire("manager", username="other"), "Fine"))
    assert batches.work_one()
    assert get_token_balance(approver.pk) == 20


def test_an_approver_who_takes_an_address_of_the_list_afterwards_gets_nothing(settings):
    settings.STAFF_DAILY_GRANT_LIMIT = 10
    approver = hire("manager")
    batch = batches.start(["mine@example.com"], tokens=20, why=Why(hire("support"), "Goodwill"), key=uuid.uuid4())
    approving.approve(batch.request, why=Why(approver, "Fine"))
    EmailAddress.objects.create(user=approver, email="mine@example.com", verified=True)
    assert batches.work_one()
    assert get_token_balance(approver.pk) == 0


def test_a_single_grant_to_a_member_of_staff_is_not_approved_by_them(settings):
    settings.STAFF_DAILY_GRANT_LIMIT = 10
    approver = hire("manager")
    granting.grant(approver, tokens=20, why=Why(hire("support"), "Goodwill"))
    with pytest.raises(ActOnSelf):
        approving.approve(GrantRequest.objects.get(), why=Why(approver, "It is me"))
    assert get_token_balance(approver.pk) == 0


def test_a_permission_given_by_name_changes_nothing(alice):
    """The rule is about who, not about which role."""
    alice.is_staff = True
    alice.save()
    alice.user_permissions.set(Permission.objects.all())
    with pytest.raises(NotPermitted):
        granting.grant(type(alice).objects.get(pk=alice.pk), tokens=1, why=Why(alice, "Goodwill"))
