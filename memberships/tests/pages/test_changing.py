"""Pages that change a membership: each says what will happen, and asks first."""

import re

import pytest

from memberships import domain_count
from memberships.current import get_membership
from memberships.models import Plan, Subscription
from memberships.subscriptions import changes
from memberships.testing.pages import HOME, day, home, text_of, told

pytestmark = pytest.mark.django_db


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
