"""What a customer's browser is given at /membership/; how it looks is for test_accessibility."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from memberships import complimentary, domain_count
from memberships.current import get_membership
from memberships.models import Invoice, Membership, Plan, Subscription
from memberships.subscriptions import changes
from memberships.testing.members import Member
from tokens.models import Purchase

pytestmark = pytest.mark.django_db

HOME = "/membership/"


class SignedInMember(Member):
    page: Client


def text_of(response):
    """The words of the page as a reader sees them."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def day(at):
    return f"{at:%b %-d, %Y}"


@pytest.fixture
def member(sandbox, alice, alice_page):
    """alice, signed in and on Pro; `page` is her browser."""
    member = SignedInMember(sandbox, alice)
    member.page = alice_page
    member.subscribe("pro")
    return member


@pytest.fixture
def seven_domains(monkeypatch, alice):
    monkeypatch.setattr(domain_count.counts_domains, "functions", [lambda user_id: 7 if user_id == alice.pk else 0])


def home(member):
    return text_of(member.page.get(HOME))


def told(response):
    """Where a POST led, and what is said there."""
    assert (response.status_code, response["Location"]) == (303, HOME)
    return [str(message) for message in response.wsgi_request._messages]


# --- the page ----------------------------------------------------------------------------


def test_a_stranger_sees_the_plans_side_by_side_and_is_asked_to_sign_in(client):
    page = client.get(HOME)
    words = text_of(page)
    for said in ("Free", "$0.00", "Up to 10 domains", "Pro", "$5.00", "Up to 50", "Premium", "$10.00", "Unlimited"):
        assert said in words
    assert "Sign in to subscribe Pro" in words
    assert "/accounts/login/?next=/membership/" in page.content.decode()
    assert "Your plan" not in words


def test_the_header_leads_there_from_every_page(client):
    assert '<a href="/membership/"' in client.get("/tokens/").content.decode()


def test_someone_new_is_on_free_with_the_limit_as_a_bar(alice_page, seven_domains):
    page = alice_page.get(HOME)
    assert "7 of 10 domains" in text_of(page)
    assert re.search(r'<progress class="bar"\s+value="7"\s+max="10"', page.content.decode())
    assert [card.act for card in page.context["cards"]] == ["", "choose", "choose"]
    assert [card.is_mine for card in page.context["cards"]] == [True, False, False]
    assert not Membership.objects.exists()


def test_a_member_sees_the_plan_until_when_it_is_paid_and_the_invoice(member, seven_domains):
    page = member.page.get(HOME)
    words, row = text_of(page), Subscription.objects.get()
    assert "7 of 50 domains" in words
    assert f"Paid until {day(row.current_period_end)} . Renews at $5.00 a month" in words
    assert [card.act for card in page.context["cards"]] == ["cancel", "", "upgrade"]
    assert [card.is_mine for card in page.context["cards"]] == [False, True, False]
    assert "Pro membership, 1 month" in words
    assert Invoice.objects.get().url in page.content.decode()


def test_the_own_card_shows_the_price_that_was_agreed(member):
    Plan.objects.filter(key="pro").update(price_cents=700)
    cards = {card.plan.key: card for card in member.page.get(HOME).context["cards"]}
    assert (cards["pro"].price_cents, cards["pro"].plan.price_cents) == (500, 700)
    Plan.objects.filter(key="pro").update(is_active=False)
    assert [card.plan.key for card in member.page.get(HOME).context["cards"]] == ["free", "premium", "pro"]


def test_an_unpaid_renewal_shows_until_when_it_counts_and_where_to_pay(member):
    until = timezone.now() + timedelta(days=5)
    Membership.objects.update(status="past_due")
    url, since = "https://invoice.example/1", until - timedelta(days=7)
    Subscription.objects.update(status="past_due", invoice_url=url, unpaid_since=since)
    page = member.page.get(HOME)
    assert f"Pro stays active until {day(until)}, {until:%H:%M} UTC" in text_of(page)
    assert 'href="https://invoice.example/1">Pay open invoice' in page.content.decode()
    Subscription.objects.update(unpaid_since=timezone.now() - timedelta(days=7, seconds=1))
    assert "Pro is unpaid, so it's paused" in home(member)


def test_a_gift_shows_its_plan_and_its_end(alice, alice_page, staff):
    until = timezone.now() + timedelta(days=30)
    complimentary.give(alice, Plan.objects.get(key="premium"), until=until, reason="A thank-you", by=staff)
    assert f"Your Premium plan is complimentary until {day(until)}" in text_of(alice_page.get(HOME))


def test_more_domains_than_the_plan_carries_stay_and_it_says_so(alice_page, monkeypatch):
    monkeypatch.setattr(domain_count.counts_domains, "functions", [lambda user_id: 12])
    words = text_of(alice_page.get(HOME))
    assert "12 of 10 domains" in words
    assert "You keep all of them" in words


def test_the_page_shows_only_ones_own_invoices(member, client, bob):
    client.force_login(bob)
    page = client.get(HOME)
    assert "Pro membership, 1 month" not in text_of(page)
    assert page.context["standing"].membership.tier == "free"


def test_the_page_costs_the_same_statements_with_one_invoice_and_with_three(
    member, seven_domains, django_assert_num_queries
):
    for rows in (1, 3):
        while Invoice.objects.count() < rows:
            member.advance(days=31)
        with django_assert_num_queries(6):
            assert len(member.page.get(HOME).context["invoices"]) == rows


def test_an_unpaid_renewal_may_be_cancelled_and_the_page_says_when_it_ends(member):
    Membership.objects.update(status="past_due")
    Subscription.objects.update(status="past_due", unpaid_since=timezone.now() - timedelta(days=2))
    assert "Its last renewal is unpaid" in text_of(member.page.get("/membership/cancel"))
    ends = timezone.now() + timedelta(days=20)
    Subscription.objects.update(cancel_at=ends)
    page = member.page.get(HOME)
    assert f"It ends on {day(ends)}" in text_of(page)
    assert [card.is_unpaid for card in page.context["cards"]] == [False, True, False]


# --- joining -----------------------------------------------------------------------------


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


# --- changing ----------------------------------------------------------------------------


def test_an_upgrade_says_what_it_costs_and_changes_nothing_until_it_is_confirmed(member):
    page = member.page.get("/membership/change", {"plan": "premium"})
    assert page.context["cost_cents"] == changes.upgrade_cost_cents(
        Subscription.objects.get(), Plan.objects.get(key="premium")
    )
    assert "Upgrade and pay $5.00" in text_of(page)
    assert get_membership(member.user.pk).tier == "pro"
    response = member.page.post("/membership/change", {"plan": "premium"})
    assert told(response) == ["You're on Premium, and your membership renews automatically."]
    assert "(unlimited)" in home(member)


def test_a_downgrade_says_when_it_comes_and_that_domains_stay(member, monkeypatch):
    changes.change(member.user.pk, "premium")
    end = day(Subscription.objects.get().current_period_end)
    words = text_of(member.page.get("/membership/change", {"plan": "pro"}))
    assert f"Premium stays active until {end}" in words
    assert "If you have more by then, you keep them all, but the membership won't cover new ones" in words
    monkeypatch.setattr(domain_count.counts_domains, "functions", [lambda user_id: 60])
    words = text_of(member.page.get("/membership/change", {"plan": "pro"}))
    assert "You have 60 domains, and Pro covers 50. You keep all of them" in words
    assert told(member.page.post("/membership/change", {"plan": "pro"})) == [
        f"Your membership changes to Pro on {end}."
    ]
    page = member.page.get(HOME)
    assert "then changes to Pro" in text_of(page)
    assert [card.act for card in page.context["cards"]] == ["cancel", "", "keep"]


def test_cancelling_asks_first_and_can_be_taken_back(member):
    end = day(Subscription.objects.get().current_period_end)
    assert f"It stays active until {end}" in text_of(member.page.get("/membership/cancel"))
    assert not get_membership(member.user.pk).cancel_at_period_end
    assert told(member.page.post("/membership/cancel")) == [f"Your membership ends on {end}."]
    page = member.page.get(HOME)
    assert f"Ends on {end}" in text_of(page)
    assert [card.act for card in page.context["cards"]] == ["", "keep", "upgrade"]
    assert told(member.page.post("/membership/resume")) == ["You're on Pro, and your membership renews automatically."]
    assert not get_membership(member.user.pk).cancel_at_period_end


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("change", HOME),
        ("change?plan=pro", HOME),
        ("change?plan=free", "/membership/cancel"),
    ],
)
def test_asking_for_no_change_leads_back(member, path, leads):
    assert member.page.get(f"/membership/{path}")["Location"] == leads


@pytest.mark.parametrize("path", ["change?plan=pro", "cancel"])
def test_without_a_membership_there_is_nothing_to_change(alice_page, path):
    assert alice_page.get(f"/membership/{path}")["Location"] == HOME
    assert alice_page.post(f"/membership/{path}", {"plan": "pro"}).status_code == 409


def test_a_payment_that_does_not_go_through_offers_the_invoice(member):
    member.decline_next()
    response = member.page.post("/membership/change", {"plan": "premium"})
    assert response.status_code == 402
    assert re.search(r'href="http[^"]+">Pay the open invoice', response.content.decode())
    assert get_membership(member.user.pk).tier == "pro"


def test_the_portal_is_opened_by_a_button(member):
    response = member.page.post("/membership/portal")
    assert response.status_code == 303
    assert response["Location"].startswith("http")


def test_what_pays_first_is_chosen_there(alice, alice_page, client, bob):
    response = alice_page.post("/membership/payment-order", {"payment_order": "membership_first"})
    assert told(response) == ["Changes saved."]
    assert re.search(r'value="membership_first"[^>]*checked', alice_page.get(HOME).content.decode())
    assert get_membership(bob.pk).payment_order == "tokens_first"
    response = alice_page.post("/membership/payment-order", {"payment_order": "neither"})
    assert response.status_code == 400
    assert "Use: tokens_first, membership_first" in text_of(response)
    assert get_membership(alice.pk).payment_order == "membership_first"
