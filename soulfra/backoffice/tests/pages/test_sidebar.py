"""The sidebar: its groups, what waits, and that nobody is shown what they may not open."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import RequestFactory
from django.utils import timezone

from soulfra.backoffice import environment
from soulfra.backoffice.sidebar import GROUPS, navigation
from tokens.models import Dispute, Refund, RefundRequest, StripeEvent
from tokens.purchases.lifecycle import simulate_token_purchase

pytestmark = pytest.mark.django_db


def sidebar_of(user):
    request = RequestFactory().get("/admin/")
    request.user = user
    return {group["title"]: {item["title"]: item["badge"] for item in group["items"]} for group in navigation(request)}


def test_every_page_has_its_place_and_every_place_its_page(staff):
    shown = sidebar_of(staff)
    assert list(shown) == ["", *GROUPS]
    registered = {model._meta.label for model in admin.site._registry}
    beside_models = 3  # the dashboard, the month end, and accounts once more: customers and team
    assert sum(len(items) for items in shown.values()) == len(registered) + beside_models


@pytest.mark.breaks_the_books
def test_what_waits_is_counted(staff, alice, bob):
    purchase = simulate_token_purchase(alice.pk, "pro")
    StripeEvent.objects.create(stripe_id="evt_1", type="x", livemode=False, payload={}, status="failed")
    StripeEvent.objects.create(stripe_id="evt_2", type="x", livemode=False, payload={}, status="done")
    for number, status in enumerate(("needs_response", "warning_needs_response", "lost", "under_review")):
        Dispute.objects.create(
            user=alice,
            purchase=purchase,
            stripe_id=f"du_{number}",
            status=status,
            amount_cents=1,
            fetched_at=timezone.now(),
        )
    held = {"user": alice, "purchase": purchase, "unclear": "In another currency"}
    Dispute.objects.create(**held, stripe_id="du_5", status="lost", amount_cents=1, fetched_at=timezone.now())
    Refund.objects.create(**held, status="succeeded", amount_cents=1)
    RefundRequest.objects.create(purchase=purchase, amount_cents=1, reason="x", by=staff)
    declined = {"status": "declined", "decided_by": bob, "decided_at": timezone.now()}
    RefundRequest.objects.create(purchase=purchase, amount_cents=1, reason="x", by=staff, **declined)
    shown = sidebar_of(staff)
    waiting = {name: badge for items in shown.values() for name, badge in items.items() if badge}
    assert waiting["Stripe events"] == "1"
    assert (waiting["Disputes"], waiting["Refunds"]) == ("3", "1")
    assert waiting["Refund requests"] == "1"


def test_who_may_see_one_thing_is_shown_that_alone(clerk):
    clerk.user_permissions.set(Permission.objects.filter(codename="view_purchase"))
    assert sidebar_of(clerk) == {"": {"Dashboard": ""}, "Money": {"Purchases": ""}}


def test_the_badge_of_a_list_costs_nothing_to_those_who_may_not_see_it(clerk, django_assert_num_queries):
    clerk.user_permissions.set(Permission.objects.filter(codename="view_purchase"))
    clerk.get_all_permissions()
    with django_assert_num_queries(0):
        sidebar_of(clerk)


def test_the_environment_says_whether_money_is_real(settings, rf):
    assert environment.badge(rf.get("/")) == ("Sandbox: play money", "warning")
    settings.STRIPE_SANDBOX = False
    assert environment.badge(rf.get("/")) == ("Test mode", "info")
    settings.STRIPE_SECRET_KEY = "sk_live_x"
    assert environment.badge(rf.get("/")) == ("Live", "danger")


def test_it_stands_on_every_page_with_the_name_of_the_shop(client, staff):
    client.force_login(staff)
    page = client.get("/admin/tokens/purchase/").content.decode()
    assert "Sandbox: play money" in page
    assert "<title>" in page
    assert "Soulfra" in page.partition("<title>")[2].partition("</title>")[0]
    assert all(f">{group}<" in page.replace("\n", "").replace("  ", "") for group in GROUPS)
