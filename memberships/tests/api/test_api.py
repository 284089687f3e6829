"""Memberships over HTTP. Whole answers, compared with ==."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from memberships import complimentary, domain_count
from memberships.models import Membership, Plan, Subscription
from memberships.subscriptions import changes
from memberships.testing.members import Member
from tokens.models import Purchase
from tokens.stripe_api import gateway
from tokens.web.refusals import problem_type

pytestmark = pytest.mark.django_db

ROOT = "/api/memberships"
VERBS = ["checkout", "change", "cancel", "resume", "portal"]
FREE = {
    "tier": "free",
    "name": "Free",
    "status": "active",
    "domains_used": 0,
    "domains_limit": 10,
    "current_period_end": None,
    "cancel_at_period_end": False,
    "cancel_at": None,
    "next_tier": None,
    "grace_until": None,
    "gift_until": None,
    "payment_order": "tokens_first",
}


def moment(at):
    return at.isoformat().replace("+00:00", "Z")


def paid(user, tier="pro", **more):
    """The answer about a member whose subscription is paid."""
    plan, row = Plan.objects.get(key=tier), Subscription.objects.get(user=user, status="active")
    said = {"tier": tier, "name": plan.name, "domains_limit": plan.domain_limit}
    return {**FREE, **said, "current_period_end": moment(row.current_period_end), **more}


@pytest.fixture
def alice_member(sandbox, alice):
    Member(sandbox, alice).subscribe("pro")
    return alice


@pytest.fixture
def member(api, alice_member):
    """alice's client, on Pro."""
    return api(alice_member)


def test_the_plans_are_public_and_in_order():
    response = APIClient().get(f"{ROOT}/plans")
    assert response.status_code == 200
    assert list(response.json()["plans"]) == ["free", "pro", "premium"]
    assert response.json() == {
        "plans": {
            "free": {
                "name": "Free",
                "price": 0,
                "amount_cents": 0,
                "currency": "usd",
                "domains": 10,
                "monthly_tokens": 0,
            },
            "pro": {
                "name": "Pro",
                "price": 5.0,
                "amount_cents": 500,
                "currency": "usd",
                "domains": 50,
                "monthly_tokens": 0,
            },
            "premium": {
                "name": "Premium",
                "price": 10.0,
                "amount_cents": 1000,
                "currency": "usd",
                "domains": None,
                "monthly_tokens": 0,
            },
        }
    }


def test_a_plan_that_is_not_offered_is_not_among_them():
    Plan.objects.filter(key="premium").update(is_active=False)
    assert list(APIClient().get(f"{ROOT}/plans").json()["plans"]) == ["free", "pro"]


@pytest.mark.parametrize("call", [("get", "current"), ("patch", "current"), *(("post", verb) for verb in VERBS)])
def test_a_stranger_is_sent_to_sign_in(call):
    method, path = call
    response = getattr(APIClient(), method)(f"{ROOT}/{path}", {"plan": "pro"})
    assert (response.status_code, response["Content-Type"]) == (401, "application/problem+json")


def test_someone_without_a_membership_is_on_free_and_reading_makes_no_row(api, alice):
    response = api(alice).get(f"{ROOT}/current")
    assert (response.status_code, response.json()) == (200, FREE)
    assert not Membership.objects.exists()


def test_a_member_sees_the_plan_the_limit_and_the_domains_in_use(member, alice_member, monkeypatch):
    monkeypatch.setattr(
        domain_count.counts_domains, "functions", [lambda user_id: 7 if user_id == alice_member.pk else 0]
    )
    assert member.get(f"{ROOT}/current").json() == paid(alice_member, domains_used=7)


def test_one_user_sees_nothing_of_anothers_membership(member, api, bob):
    assert api(bob).get(f"{ROOT}/current").json() == FREE


@pytest.mark.parametrize("subscriptions", [1, 3])
def test_the_membership_costs_one_statement_beside_counting_and_signing_in(
    member, alice_member, subscriptions, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(domain_count.counts_domains, "functions", [lambda user_id: 7])
    row = Subscription.objects.get()
    for number in range(1, subscriptions):
        row.pk, row.stripe_id, row.status = None, f"sub_earlier{number}", "canceled"
        row.save()
    member.get(f"{ROOT}/current")  # the first use of a key is noted, after the answer
    with django_assert_num_queries(2):
        member.get(f"{ROOT}/current")


def test_a_gift_is_seen_with_its_end(api, alice, staff):
    until = timezone.now() + timedelta(days=3)
    complimentary.give(alice, Plan.objects.get(key="premium"), until=until, reason="A thank-you", by=staff)
    gift = {"tier": "premium", "name": "Premium", "domains_limit": None, "gift_until": moment(until)}
    assert api(alice).get(f"{ROOT}/current").json() == {**FREE, **gift}


def test_an_unpaid_renewal_is_seen_with_its_grace(member, alice_member):
    row = Subscription.objects.get()
    until = timezone.now() + timedelta(days=5)
    expected = paid(alice_member, status="past_due", grace_until=moment(until))
    Membership.objects.update(status="past_due")
    Subscription.objects.update(status="past_due", unpaid_since=until - timedelta(days=7))
    assert member.get(f"{ROOT}/current").json() == expected
    Subscription.objects.update(unpaid_since=row.current_period_start - timedelta(days=7))
    assert member.get(f"{ROOT}/current").json()["tier"] == "free"


# --- what pays first -------------------------------------------------------------------


def test_the_payment_order_is_chosen_and_kept(api, alice, bob):
    client = api(alice)
    response = client.patch(f"{ROOT}/current", {"payment_order": "membership_first"})
    assert (response.status_code, response.json()) == (200, {**FREE, "payment_order": "membership_first"})
    assert client.get(f"{ROOT}/current").json()["payment_order"] == "membership_first"
    assert api(bob).get(f"{ROOT}/current").json() == FREE


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"payment_order": "x"}, "payment_order: Must be one of: tokens_first, membership_first."),
        ({"payment_order": ["tokens_first"]}, "payment_order: Must be one of: tokens_first, membership_first."),
        ({"payment_order": None}, "payment_order: This field may not be null."),
        ({}, "payment_order: This field is required."),
    ],
)
def test_a_bad_payment_order_is_a_400_and_changes_nothing(api, alice, body, detail):
    response = api(alice).patch(f"{ROOT}/current", body)
    assert (response.status_code, response.json()["detail"]) == (400, detail)
    assert not Membership.objects.exists()


# --- joining ---------------------------------------------------------------------------


def test_a_checkout_answers_with_the_hosted_page(sandbox, api, alice):
    response = api(alice).post(f"{ROOT}/checkout", {"plan": "pro"})
    order = Purchase.objects.get(user=alice)
    assert response.status_code == 200
    assert response.json() == {"checkout_url": order.checkout_url, "session_id": order.stripe_checkout_session_id}
    assert gateway.retrieve_checkout_session(str(order.stripe_checkout_session_id))["mode"] == "subscription"


def test_the_same_key_gets_the_same_page(sandbox, api, alice):
    client = api(alice)
    answers = [client.post(f"{ROOT}/checkout", {"plan": "pro"}, HTTP_IDEMPOTENCY_KEY="k") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert answers[1]["Idempotent-Replayed"] == "true"
    other = client.post(f"{ROOT}/checkout", {"plan": "premium"}, HTTP_IDEMPOTENCY_KEY="k")
    assert (other.status_code, Purchase.objects.count()) == (422, 1)


@pytest.mark.parametrize("verb", ["checkout", "change"])
@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"plan": "gold"}, "Unknown plan “gold”. Use: pro, premium."),
        ({}, "plan: This field is required."),
        ({"plan": 5}, "plan: Must be a string in double quotes."),
    ],
)
def test_a_bad_plan_is_a_400_that_names_the_plans_there_are(api, alice, verb, body, detail):
    response = api(alice).post(f"{ROOT}/{verb}", body)
    assert (response.status_code, response.json()["detail"]) == (400, detail)
    assert not Purchase.objects.exists()


def test_free_is_no_plan_to_pay_for(api, alice):
    assert api(alice).post(f"{ROOT}/checkout", {"plan": "free"}).status_code == 400


def test_a_member_who_joins_again_is_refused_and_nothing_is_ordered(member):
    response = member.post(f"{ROOT}/checkout", {"plan": "premium"})
    assert (response.status_code, response.json()) == (
        409,
        {
            "type": problem_type("already-a-member"),
            "title": "Already a member",
            "status": 409,
            "detail": "You already have a membership. Change it instead of buying another.",
            "error": "Already a member",
        },
    )
    assert Purchase.objects.count() == 1


def test_an_unreachable_stripe_is_a_502(sandbox, api, alice, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    assert api(alice).post(f"{ROOT}/checkout", {"plan": "pro"}).status_code == 502


# --- changing --------------------------------------------------------------------------


def test_an_upgrade_answers_with_the_new_plan_at_once(member, alice_member):
    response = member.post(f"{ROOT}/change", {"plan": "premium"})
    assert (response.status_code, response.json()) == (200, paid(alice_member, "premium"))


def test_the_same_upgrade_sent_twice_with_a_key_is_made_once(member, alice_member):
    answers = [member.post(f"{ROOT}/change", {"plan": "premium"}, HTTP_IDEMPOTENCY_KEY="k").json() for _ in range(2)]
    assert answers == [paid(alice_member, "premium")] * 2
    assert Purchase.objects.filter(user=alice_member).count() == 2


def test_a_downgrade_answers_with_the_plan_to_come(member, alice_member):
    changes.change(alice_member.pk, "premium")
    response = member.post(f"{ROOT}/change", {"plan": "pro"})
    assert (response.status_code, response.json()) == (200, paid(alice_member, "premium", next_tier="pro"))


def test_cancelling_and_resuming_answer_with_the_membership(member, alice_member):
    ends = moment(Subscription.objects.get().current_period_end)
    ending = paid(alice_member, cancel_at_period_end=True, cancel_at=ends)
    for verb, answer in [("cancel", ending), ("cancel", ending), ("resume", paid(alice_member))]:
        response = member.post(f"{ROOT}/{verb}")
        assert (response.status_code, response.json()) == (200, answer)


def test_a_payment_that_does_not_go_through_is_a_402_with_the_invoice(sandbox, member, alice_member):
    Member(sandbox, alice_member).decline_next()
    response = member.post(f"{ROOT}/change", {"plan": "premium"})
    problem = response.json()
    assert (response.status_code, problem["error"]) == (402, "Payment needed")
    assert problem["invoice_url"].startswith("http")
    assert member.get(f"{ROOT}/current").json() == paid(alice_member)


@pytest.mark.parametrize("verb", ["change", "cancel", "resume"])
def test_without_a_subscription_there_is_nothing_to_change(api, alice, verb):
    body = {"plan": "premium"} if verb == "change" else {}
    response = api(alice).post(f"{ROOT}/{verb}", body)
    assert (response.status_code, response.json()["error"]) == (409, "Not subscribed")


def test_one_user_cannot_change_anothers_membership(member, api, alice_member, bob):
    assert api(bob).post(f"{ROOT}/cancel").status_code == 409
    assert member.get(f"{ROOT}/current").json() == paid(alice_member)


def test_the_portal_answers_with_its_address(member):
    response = member.post(f"{ROOT}/portal")
    assert (response.status_code, list(response.json())) == (200, ["url"])
    assert response.json()["url"].startswith("http")
