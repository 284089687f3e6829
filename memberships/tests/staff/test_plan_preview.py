"""Plans in the back office can be looked at as customers would see them, before anything is saved."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from memberships.models import Plan
from tokens.testing.office import hire

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client):
    client.force_login(hire("manager"))
    return client


def form_of(like, **fields):
    """What the page of a plan would send."""
    plan = Plan.objects.get(key=like)
    names = ["key", "name", "price_cents", "currency", "domain_limit", "monthly_tokens", "is_active", "position"]
    values = {**{name: getattr(plan, name) for name in names}, **fields}
    sent = {name: value for name, value in values.items() if value is not None and value is not False}
    return {name: "on" if value is True else value for name, value in sent.items()}


def address_of(key):
    return reverse("admin:memberships_plan_change", args=[key]) + "preview/"


def preview(office, key, **fields):
    answer = office.post(address_of(key), form_of(key, **fields))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().partition("<main")[2].split())


def names_in(shown):
    return re.findall(r"<h3>(.*?)</h3>", shown)


def test_the_preview_is_the_public_page_with_the_new_values_and_keeps_nothing(office, client):
    before = list(Plan.objects.values())
    shown = preview(office, "pro", price_cents=123400, name="Galore", domain_limit=77, monthly_tokens=30)
    assert names_in(shown) == ["Free", "Galore", "Premium"]
    for words in ("$1,234.00", "Up to <strong>77</strong> domains", "<strong>30</strong> tokens a month"):
        assert words in shown
    assert "A place for every domain" in shown
    assert "An upgrade costs only the difference" in shown
    assert list(Plan.objects.values()) == before
    assert not LogEntry.objects.exists()
    client.logout()
    assert "$5.00" in client.get(reverse("memberships:home")).content.decode()


def test_nothing_can_be_chosen_in_a_preview(office):
    shown = preview(office, "pro", price_cents=700)
    assert reverse("memberships:checkout") not in shown
    assert shown.count("disabled>Choose ") == 3


def test_a_plan_that_is_offered_no_more_or_moved_is_shown_so(office):
    assert names_in(preview(office, "pro", is_active=False)) == ["Free", "Premium"]
    assert names_in(preview(office, "pro", position=99)) == ["Free", "Premium", "Pro"]


def test_a_new_plan_is_previewed_before_it_exists(office):
    new = form_of("pro", key="huge", name="Huge", price_cents=9900, position=50)
    shown = office.post(reverse("admin:memberships_plan_add") + "preview/", new).content.decode()
    assert names_in(shown)[-1] == "Huge"
    assert not Plan.objects.filter(key="huge").exists()


def test_free_is_previewed_with_another_limit(office):
    assert "Up to <strong>20</strong> domains" in preview(office, "free", domain_limit=20)
    assert Plan.objects.get(key="free").domain_limit == 10


def test_values_that_cannot_be_saved_are_said_and_not_shown(office):
    shown = preview(office, "pro", price_cents=1)
    assert "can't be saved yet" in shown
    assert "Enter at least 50. Only Free may cost nothing." in shown
    assert "$5.00" in shown


def test_the_button_stands_on_the_page_and_says_what_it_shows(office):
    page = office.get(reverse("admin:memberships_plan_change", args=["pro"])).content.decode()
    assert "Preview the plans with these values" in page
    assert 'form="plan_form"' in page
    assert 'id="plan_form"' in page


@pytest.mark.parametrize("role", ["support", "finance", "auditor"])
def test_a_preview_is_for_those_who_may_change_plans_and_only_on_request(client, office, role):
    assert office.get(address_of("pro")).status_code == 405
    assert office.post(address_of("none"), form_of("pro")).status_code == 404
    client.force_login(hire(role))
    assert client.post(address_of("pro"), form_of("pro")).status_code == 403
    assert client.post(reverse("admin:memberships_plan_add") + "preview/", form_of("pro")).status_code == 403
    page = client.get(reverse("admin:memberships_plan_change", args=["pro"])).content.decode()
    assert "Preview the plans" not in page
