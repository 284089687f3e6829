"""What a customer's browser is given at /membership/; how it looks is for test_accessibility."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from memberships import complimentary, domain_count
from memberships.models import Invoice, Membership, Plan, Subscription
from memberships.testing.pages import HOME, day, home, text_of
from tokens.models import Purchase

pytestmark = pytest.mark.django_db


def test_a_stranger_sees_the_plans_side_by_side_and_starts_by_signing_up(client):
    page = client.get(HOME)
    words = text_of(page)
    for said in ("Free", "$0.00", "Up to 10 domains", "Pro", "$5.00", "Up to 50", "Premium", "$10.00", "Unlimited"):
        assert said in words
    assert [card.act for card in page.context["cards"]] == ["start", "join", "join"]
    assert "Start with Free" in words
    assert 'href="/accounts/signup/?next=/membership/checkout%3Fplan%3Dpremium">Choose Premium' in page.content.decode()
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
    assert f'href="/tokens/purchases/{Invoice.objects.get().pk}/invoice.pdf"' in page.content.decode()


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
    assert (
        "You keep all of them. The Free plan pays for imports only up to 10 domains; beyond that, tokens do." in words
    )


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
            member.advance(days=32)
        with django_assert_num_queries(6):
            assert len(member.page.get(HOME).context["invoices"]) == rows


def test_a_sandbox_whose_clock_was_moved_is_told_beside_the_shops_own_dates(member, seven_domains, settings):
    said = "Periods are by the sandbox's clock, which has been moved ahead; dates are by this shop's own."
    assert said not in text_of(member.page.get(HOME))
    member.advance(days=32)
    assert said in text_of(member.page.get(HOME))
    settings.STRIPE_SANDBOX = False
    assert said not in text_of(member.page.get(HOME))


def test_every_page_with_the_memberships_dates_explains_a_moved_clock(member, settings):
    session = Purchase.objects.get(type="subscription").stripe_checkout_session_id
    pages = [f"/membership/success?session_id={session}", "/membership/cancel", "/membership/change?plan=premium"]

    def explained():
        return ["are by the sandbox's clock" in text_of(member.page.get(page)) for page in pages]

    assert explained() == [False] * 3
    member.advance(days=31)
    assert explained() == [True] * 3
    settings.STRIPE_SANDBOX = False
    assert explained() == [False] * 3


def test_an_unpaid_renewal_may_be_cancelled_and_the_page_says_when_it_ends(member):
    Membership.objects.update(status="past_due")
    Subscription.objects.update(status="past_due", unpaid_since=timezone.now() - timedelta(days=2))
    assert "Its last renewal is unpaid" in text_of(member.page.get("/membership/cancel"))
    ends = timezone.now() + timedelta(days=20)
    Subscription.objects.update(cancel_at=ends)
    page = member.page.get(HOME)
    assert f"It ends on {day(ends)}" in text_of(page)
    assert [card.is_unpaid for card in page.context["cards"]] == [False, True, False]
