"""What staff may do with memberships: edit plans, look at the rest, and act by buttons that say who and why."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from devtools.testing.factories import UserFactory
from memberships import complimentary
from memberships.current import get_membership
from memberships.models import Gift, Membership, Plan, PlanPrice, Subscription
from memberships.testing.members import Member

pytestmark = pytest.mark.django_db

REGISTERED = [model for model in admin.site._registry if model._meta.app_label == "memberships"]
BY_ID: dict[str, Any] = {model.__name__: model for model in REGISTERED}
UNTIL = timezone.now().date() + timedelta(days=30)


@pytest.fixture
def office(client, staff):
    client.force_login(staff)
    return client


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


def page(model, verb, *args):
    return reverse(f"admin:memberships_{model}_{verb}", args=args)


def press(office, address, **fields):
    """Open the form behind a button, fill it and send it twice, as an impatient hand does; gives both answers."""
    form = office.get(address)
    assert form.status_code == 200
    key = form.content.decode().partition('name="form_key" value="')[2].partition('"')[0]
    body = {"_form_submitted": "True", "form_key": key, "reason": "As agreed by phone", **fields}
    return [office.post(address, body) for _ in range(2)]


def told(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]


def logged():
    return list(LogEntry.objects.values_list("user__username", "change_message"))


# --- looking -----------------------------------------------------------------------------


def test_every_model_is_registered():
    assert set(REGISTERED) == set(apps.get_app_config("memberships").get_models())


@pytest.mark.parametrize("name", BY_ID)
def test_every_list_and_row_opens(office, member, gift, name):
    model = name.lower()
    assert office.get(page(model, "changelist")).status_code == 200
    assert office.get(page(model, "changelist"), {"q": "alice"}).status_code == 200
    assert office.get(page(model, "change", BY_ID[name].objects.first().pk)).status_code == 200


@pytest.mark.parametrize("name", [name for name in BY_ID if name != "Plan"])
def test_rows_cannot_be_added_changed_or_deleted_even_by_a_superuser(office, member, gift, name):
    model, row = name.lower(), BY_ID[name].objects.first()
    assert office.get(page(model, "add")).status_code == 403
    assert office.post(page(model, "change", row.pk), {}).status_code == 403
    assert office.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("name", ["Membership", "Subscription", "Gift", "Invoice"])
def test_lists_cost_the_same_statements_with_one_row_and_with_three(office, sandbox, member, gift, staff, bob, name):
    address = page(name.lower(), "changelist")
    office.get(address)
    with CaptureQueriesContext(connection) as with_one:
        office.get(address)
    for user in (bob, UserFactory.create()):
        Member(sandbox, user).subscribe("pro")
        complimentary.give(user, gift.plan, until=gift.until, reason="Another", by=staff)
    with CaptureQueriesContext(connection) as with_three:
        office.get(address)
    assert BY_ID[name].objects.count() == 3
    assert len(with_three) == len(with_one)


def test_the_subscription_stands_beside_the_membership_and_is_linked_only_to_a_live_dashboard(
    office, member, alice, settings
):
    row = Subscription.objects.get()
    address, link = (
        page("membership", "change", alice.pk),
        f"https://dashboard.stripe.com/subscriptions/{row.stripe_id}",
    )
    shown = office.get(address).content.decode()
    assert row.stripe_id in shown
    assert page("subscription", "change", row.pk) in shown
    assert link not in shown
    settings.STRIPE_SECRET_KEY = "sk_live_x"
    assert link in office.get(address).content.decode()


def test_a_customer_is_kept_out(client, alice):
    client.force_login(alice)
    assert client.get(page("membership", "changelist")).status_code == 302


# --- plans -------------------------------------------------------------------------------


def plan_form(of, **fields):
    plan = Plan.objects.get(key=of)
    names = ("name", "price_cents", "currency", "domain_limit", "monthly_tokens", "position")
    form = {name: getattr(plan, name) for name in names} | {"is_active": "on"} | fields
    return {name: "" if value is None else value for name, value in form.items()}


def test_a_price_edited_by_staff_is_for_new_subscriptions_only(office, member, client):
    answer = office.post(page("plan", "change", "pro"), plan_form("pro", price_cents=700))
    assert answer.status_code == 302
    assert Plan.objects.get(key="pro").price_cents == 700
    assert Subscription.objects.get().amount_cents == 500


@pytest.mark.parametrize(
    "wrong", [{"price_cents": 0}, {"price_cents": 49}, {"price_cents": 10**8}, {"currency": "zzz"}]
)
def test_a_price_that_stripe_would_refuse_is_not_saved(office, wrong):
    assert office.post(page("plan", "change", "pro"), plan_form("pro", **wrong)).status_code == 200
    pro = Plan.objects.get(key="pro")
    assert (pro.price_cents, pro.currency) == (500, "usd")


def test_the_key_is_chosen_once(office):
    assert office.post(page("plan", "add"), plan_form("pro", key="team", name="Team")).status_code == 302
    assert office.post(page("plan", "change", "team"), plan_form("team", key="other")).status_code == 302
    assert set(Plan.objects.values_list("key", flat=True)) == {"free", "pro", "premium", "team"}


def test_free_keeps_its_price_and_its_place_and_cannot_be_deleted(office):
    before = Plan.objects.filter(key="free").values().get()
    wrong = {"price_cents": 100, "monthly_tokens": 5, "is_active": ""}
    assert office.post(page("plan", "change", "free"), plan_form("free", **wrong)).status_code == 302
    assert office.post(page("plan", "change", "free"), plan_form("free", domain_limit=None)).status_code == 200
    assert Plan.objects.filter(key="free").values().get() == before
    assert office.post(page("plan", "delete", "free"), {"post": "yes"}).status_code == 403
    everything = {"action": "delete_selected", "_selected_action": ["free"], "post": "yes"}
    office.post(page("plan", "changelist"), everything)
    assert Plan.objects.filter(key="free").exists()


def test_the_limit_of_free_may_be_changed(office, alice):
    assert office.post(page("plan", "change", "free"), plan_form("free", domain_limit=20)).status_code == 302
    assert get_membership(alice.pk).domains_limit == 20


# --- verbs -------------------------------------------------------------------------------


def test_a_membership_is_given_once_to_someone_who_never_had_one(office, bob):
    answers = press(office, page("gift", "give_to"), username="bob", plan="premium", until=UNTIL.isoformat())
    told_both = f"bob has Premium free of charge until {UNTIL:%b %-d, %Y}."
    assert [answer["HX-Redirect"] for answer in answers] == [page("gift", "changelist")] * 2
    assert told(answers[0]) == [told_both]
    gift = Gift.objects.get()
    assert (get_membership(bob.pk).tier, gift.until.date()) == ("premium", UNTIL)
    assert (gift.by.username, gift.reason) == ("staff", "As agreed by phone")
    assert logged() == [("staff", f"{told_both} Reason: As agreed by phone")]


def test_a_membership_is_given_from_its_own_page(office, member, alice):
    press(office, page("membership", "give_free", alice.pk), plan="premium", until=UNTIL.isoformat())
    assert get_membership(alice.pk).tier == "premium"
    assert Gift.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"until": "2020-01-01"},
        {"until": "soon"},
        {"reason": " "},
        {"plan": "free"},
        {"plan": ""},
        {"username": "nobody"},
    ],
)
def test_a_gift_that_says_too_little_is_asked_again(office, bob, wrong):
    right = {"username": "bob", "plan": "premium", "until": UNTIL.isoformat()}
    for answer in press(office, page("gift", "give_to"), **{**right, **wrong}):
        assert "HX-Redirect" not in answer
    assert not Gift.objects.exists()


def test_a_gift_is_ended_once(office, gift, alice):
    answers = press(office, page("gift", "end", gift.pk))
    assert told(answers[0]) == ["alice's complimentary Premium plan was revoked."]
    assert get_membership(alice.pk).tier == "free"
    gift.refresh_from_db()
    assert (gift.ended_by.username, gift.ended_reason) == ("staff", "As agreed by phone")
    assert logged() == [("staff", "alice's complimentary Premium plan was revoked. Reason: As agreed by phone")]


def test_a_membership_is_cancelled_now_and_once(office, member, alice):
    answers = press(office, page("membership", "cancel_now", alice.pk))
    assert told(answers[1])[-1] == "alice's membership was cancelled."
    assert Subscription.objects.get().status == "canceled"
    assert get_membership(alice.pk).tier == "free"
    assert logged() == [("staff", "alice's membership was cancelled. Reason: As agreed by phone")]


def test_what_cannot_be_done_is_told_and_not_logged(office, alice, gift):
    answers = press(office, page("membership", "cancel_now", alice.pk))
    assert told(answers[0]) == ["You don't have a paid membership. Choose a plan first."]
    assert logged() == []


def test_a_subscription_is_moved_to_the_present_price_once(office, member):
    Plan.objects.filter(key="pro").update(price_cents=700)
    row = Subscription.objects.get()
    answers = press(office, page("subscription", "move_to_present_price", row.pk))
    assert told(answers[0]) == ["alice will pay $7.00 a month from next month."]
    row.refresh_from_db()
    assert (row.amount_cents, row.plan_id, PlanPrice.objects.count()) == (700, "pro", 3)
    assert len(logged()) == 1


def test_each_form_says_whom_it_is_about(office, member, gift):
    Plan.objects.filter(key="pro").update(price_cents=700)
    row = Subscription.objects.get()
    said = {
        page("membership", "give_free", member.user.pk): ["alice", "Pro", "Premium"],
        page("membership", "cancel_now", member.user.pk): ["alice", "Pro", f"{row.current_period_end:%b %-d, %Y}"],
        page("subscription", "move_to_present_price", row.pk): ["alice", "Pro", "$5.00", "$7.00"],
        page("gift", "end", gift.pk): ["alice", "Premium", f"{gift.until:%b %-d, %Y}", "staff"],
    }
    for address, facts in said.items():
        assert re.findall(r"<dd[^>]*>\s*(.*?)\s*</dd>", office.get(address).content.decode()) == facts


def test_a_form_about_a_row_that_is_not_there_is_a_404(office, member, gift):
    for model, verb in (("membership", "cancel_now"), ("subscription", "move_to_present_price"), ("gift", "end")):
        assert [office.get(page(model, verb, pk)).status_code for pk in (10**6, "x")] == [404, 404]


VERBS = {
    "give_to": ("gift", None),
    "end": ("gift", Gift),
    "give_free": ("membership", Membership),
    "cancel_now": ("membership", Membership),
    "move_to_present_price": ("subscription", Subscription),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_button_is_only_for_those_who_may_and_getting_its_page_does_nothing(office, staff, member, gift, verb):
    model, of = VERBS[verb]
    address = page(model, verb, *([of.objects.get().pk] if of else []))
    assert office.get(address).status_code == 200
    staff.is_superuser = False
    staff.save(update_fields=["is_superuser"])
    staff.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    answer = office.post(address, {"_form_submitted": "True", "form_key": "k", "reason": "x"})
    assert answer.status_code == 403
    assert (Gift.objects.get().ended_at, Subscription.objects.get().status, logged()) == (None, "active", [])
