"""From the plans to the hosted page and back: what each page says on the way."""

import pytest

from memberships.models import Subscription
from memberships.testing.members import Member
from memberships.testing.pages import HOME, text_of
from tokens.models import Purchase

pytestmark = pytest.mark.django_db


def test_choosing_a_plan_sends_the_browser_to_the_hosted_page(sandbox, alice, alice_page):
    response = alice_page.post("/membership/checkout", {"plan": "pro"})
    assert (response.status_code, response["Location"]) == (303, Purchase.objects.get(user=alice).checkout_url)


@pytest.mark.parametrize("verb", ["checkout", "resume", "portal", "payment-order"])
def test_a_stranger_who_acts_is_asked_to_sign_in_and_comes_back_to_the_plans(client, alice, verb):
    assert client.post(f"/membership/{verb}")["Location"] == f"/accounts/login/?next=/membership/{verb}"
    client.force_login(alice)
    assert client.get(f"/membership/{verb}")["Location"] == HOME
    assert not Purchase.objects.exists()


def test_leaving_the_hosted_page_comes_back_to_the_plans_which_say_so(alice_page):
    assert "nothing was charged. You can still choose Pro" in text_of(alice_page.get(HOME, {"cancelled": "pro"}))
    assert "nothing was charged" not in text_of(alice_page.get(HOME, {"cancelled": "<b>"}))


def test_an_unknown_plan_is_a_page_that_says_so(alice_page):
    response = alice_page.post("/membership/checkout", {"plan": "gold"})
    assert response.status_code == 400
    assert "Unknown plan “gold”" in text_of(response)
    assert "Go to your membership" in text_of(response)


def test_a_member_who_joins_again_is_told_to_change(member):
    response = member.page.post("/membership/checkout", {"plan": "premium"})
    assert response.status_code == 409
    assert "You already have a membership" in text_of(response)


def test_an_unreachable_stripe_is_a_page_that_says_to_look_first(alice_page, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    response = alice_page.post("/membership/checkout", {"plan": "pro"})
    assert response.status_code == 502
    assert "Stripe can't be reached" in text_of(response)


@pytest.mark.parametrize("webhook_comes", ["before", "late"])
def test_the_success_page_says_what_was_bought_and_the_new_limit(sandbox, alice, alice_page, webhook_comes):
    member = Member(sandbox, alice)
    order = member.start("pro")
    sandbox.pay(order)
    if webhook_comes == "before":
        member.hear()
    words = text_of(alice_page.get("/membership/success", {"session_id": order.stripe_checkout_session_id}))
    assert "You're on Pro" in words
    assert "Pro membership, 1 month" in words
    assert "You can now have up to 50 domains" in words
    member.hear()
    assert Purchase.objects.filter(user=alice).count() == 1


def test_the_success_page_of_an_unpaid_order_claims_nothing(sandbox, alice, alice_page):
    order = Member(sandbox, alice).start("pro")
    words = text_of(alice_page.get("/membership/success", {"session_id": order.stripe_checkout_session_id}))
    assert "Your payment is being confirmed" in words
    assert "Until then, you're on Free" in words


def test_the_success_page_of_a_second_membership_says_that_it_is_given_back(member):
    Subscription.objects.update(end_reason="duplicate")
    order = Purchase.objects.get()
    words = text_of(member.page.get("/membership/success", {"session_id": order.stripe_checkout_session_id}))
    assert "You already have a membership" in words


def test_the_success_page_is_only_for_whoever_ordered_a_membership(member, client, sandbox, bob):
    tokens = sandbox.buy(member.user)
    order = Purchase.objects.get(type="subscription")
    assert member.page.get("/membership/success").status_code == 404
    of_tokens = member.page.get("/membership/success", {"session_id": tokens.stripe_checkout_session_id})
    assert of_tokens.status_code == 404
    client.force_login(bob)
    of_alice = client.get("/membership/success", {"session_id": order.stripe_checkout_session_id})
    assert of_alice.status_code == 404
