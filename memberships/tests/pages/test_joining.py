"""From the plans to the hosted page and back: what each page says on the way."""

import pytest

from memberships import domain_count
from memberships.current import get_membership
from memberships.models import Subscription
from memberships.preferences import choose_payment_order
from memberships.testing.members import Member
from memberships.testing.pages import HOME, text_of
from tokens.models import Purchase
from tokens.purchases.lifecycle import simulate_token_purchase

pytestmark = pytest.mark.django_db


def test_choosing_a_plan_sends_the_browser_to_the_hosted_page(sandbox, alice, alice_page):
    response = alice_page.post("/membership/checkout", {"plan": "pro"})
    assert (response.status_code, response["Location"]) == (303, Purchase.objects.get(user=alice).checkout_url)


@pytest.mark.parametrize("verb", ["checkout", "change", "resume", "portal", "payment-order"])
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
    assert "Let your plan pay" not in words


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


def success(member):
    order = Purchase.objects.get(type="subscription")
    address = f"/membership/success?session_id={order.stripe_checkout_session_id}"
    return address, member.page.get(address)


def test_a_new_member_is_asked_whether_the_plan_pays_first_and_one_button_answers(member):
    simulate_token_purchase(member.user.pk, "starter")
    address, page = success(member)
    assert "Let your plan pay for imports first?" in text_of(page)
    assert "so your 100 tokens would be spent before Pro covers an import" in text_of(page)
    assert get_membership(member.user.pk).payment_order == "tokens_first"
    form = {"payment_order": "membership_first", "next": address}
    assert f'name="next" value="{address}"' in page.content.decode()
    assert member.page.post("/membership/payment-order", form)["Location"] == address
    assert get_membership(member.user.pk).payment_order == "membership_first"
    words = text_of(success(member)[1])
    assert "Your plan pays for imports first" in words
    assert "Let your plan pay" not in words


def test_without_tokens_nothing_is_said_of_any(member):
    words = text_of(success(member)[1])
    assert "Tokens pay first for now. With your plan first" in words


def test_whoever_chose_the_plan_before_is_not_asked_again(member):
    choose_payment_order(member.user.pk, "membership_first")
    assert "Let your plan pay for imports first?" not in text_of(success(member)[1])


@pytest.mark.breaks_the_books
@pytest.mark.parametrize("status", ["refunded", "partially_refunded"])
def test_what_was_given_back_asks_nothing(member, status):
    Purchase.objects.filter(type="subscription").update(status=status)
    assert "Let your plan pay for imports first?" not in text_of(success(member)[1])


def test_a_member_who_chose_a_plan_signed_out_is_led_to_the_change_or_to_their_own(member):
    leads = {"premium": "/membership/change?plan=premium", "pro": "/membership/change?plan=pro", "free": HOME}
    for plan, where in leads.items():
        assert member.page.get("/membership/checkout", {"plan": plan})["Location"] == where
    assert member.page.get("/membership/change", {"plan": "pro"})["Location"] == HOME


def test_a_plan_smaller_than_what_one_has_says_so_before_it_is_paid(alice_page, monkeypatch):
    monkeypatch.setattr(domain_count.counts_domains, "functions", [lambda user_id: 60])
    assert "You have 60 domains, and Pro covers 50" in text_of(alice_page.get("/membership/checkout", {"plan": "pro"}))
    assert "You have 60" not in text_of(alice_page.get("/membership/checkout", {"plan": "premium"}))
