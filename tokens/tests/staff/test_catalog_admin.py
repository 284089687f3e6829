"""Prices and costs in the back office: each change is on record with what it was, and can be looked at before."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse

from brands.models import Category
from memberships.models import Plan
from tokens.catalog import get_catalog
from tokens.models import ActionCost, TokenPackage

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client, staff):
    client.force_login(staff)
    return client


def form_of(row, **fields):
    """What the page of a row would send."""
    names = [field.name for field in row._meta.concrete_fields if not field.auto_created]
    values = {name: getattr(row, name) for name in names} | fields
    return {
        name: "on" if value is True else value
        for name, value in values.items()
        if value is not None and value is not False
    }


def page_of(row, verb="change"):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{verb}", args=[row.pk])


def log():
    return [(entry.user.username, entry.get_change_message()) for entry in LogEntry.objects.order_by("id")]


def pack():
    return TokenPackage.objects.get(key="pro")


def test_a_change_is_logged_with_what_was_and_what_is(office):
    answer = office.post(page_of(pack()), form_of(pack(), price_cents=4500, is_active=False))
    assert answer.status_code == 302
    assert log() == [("staff", "Price: 4000 → 4500. For sale: yes → no.")]
    history = office.get(page_of(pack(), "history")).content.decode()
    assert "Price: 4000 → 4500." in history
    assert "staff" in history


@pytest.mark.parametrize(
    ("row", "change", "told"),
    [
        (lambda: ActionCost.objects.get(key="ai_analysis"), {"tokens": 6}, "Tokens: 5 → 6."),
        (lambda: Plan.objects.get(key="pro"), {"domain_limit": ""}, "Domain limit: 50 → empty."),
        (lambda: Category.objects.all()[0], {"position": 77}, "Position: 0 → 77."),
    ],
)
def test_costs_plans_and_categories_have_the_same_history(office, row, change, told):
    Category.objects.update(position=0)
    assert office.post(page_of(row()), form_of(row(), **change)).status_code == 302
    assert log() == [("staff", told)]


def test_what_was_added_and_what_was_deleted_is_kept_in_the_log(office):
    new = form_of(pack(), key="huge", name="Huge", tokens=9000, price_cents=50000)
    assert office.post(reverse("admin:tokens_tokenpackage_add"), new).status_code == 302
    huge = TokenPackage.objects.get(key="huge")
    office.post(page_of(huge, "delete"), {"post": "yes"})
    added, deleted = (message for _, message in log())
    assert added.startswith("Added. ")
    assert deleted.startswith("Deleted. ")
    for message in (added, deleted):
        assert "okens: 9000." in message
        assert "rice: 50000." in message


def test_saving_without_a_change_says_so(office):
    office.post(page_of(pack()), form_of(pack()))
    assert log() == [("staff", "Nothing changed.")]


def test_the_log_is_looked_at_and_never_edited(office):
    office.post(page_of(pack()), form_of(pack(), price_cents=4500))
    entry = LogEntry.objects.get()
    assert "4000 → 4500" in office.get(reverse("admin:admin_logentry_changelist")).content.decode()
    assert office.get(page_of(entry)).status_code == 200
    assert office.post(page_of(entry), {"object_repr": "x"}).status_code == 403
    assert office.post(page_of(entry, "delete"), {"post": "yes"}).status_code == 403


# --- the preview -----------------------------------------------------------------------------


def preview(office, row, **fields):
    answer = office.post(f"{page_of(row)}preview/", form_of(row, **fields))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_preview_shows_the_packs_with_the_new_values_and_keeps_nothing(office):
    before, catalog = TokenPackage.objects.values().get(key="pro"), get_catalog()
    shown = preview(office, pack(), price_cents=123400, name="Galore")
    assert "$1,234.00" in shown
    assert re.search(r"<h3>Galore</h3>", shown)
    assert TokenPackage.objects.values().get(key="pro") == before
    assert get_catalog() == catalog
    assert log() == []


def test_a_preview_sells_nothing(office):
    shown = preview(office, pack(), price_cents=4500)
    assert "/tokens/purchase" not in shown.partition("<main")[2]
    assert shown.count("disabled>Buy ") == TokenPackage.objects.filter(is_active=True).count()


def test_a_pack_no_longer_for_sale_is_gone_from_the_preview(office):
    assert "<h3>Pro" not in preview(office, pack(), is_active=False)
    assert f"<h3>{pack().name}</h3>" in preview(office, pack())


def test_a_new_pack_is_previewed_before_it_exists(office):
    new = form_of(pack(), key="huge", name="Huge", tokens=9000, price_cents=50000)
    shown = office.post(reverse("admin:tokens_tokenpackage_add") + "preview/", new).content.decode()
    assert "<h3>Huge</h3>" in shown
    assert not TokenPackage.objects.filter(key="huge").exists()


def test_a_cost_is_previewed_in_what_the_packs_buy(office):
    cost = ActionCost.objects.get(key="ai_analysis")
    assert "<strong>5</strong> rule-based analyses" in preview(office, cost, tokens=100)
    assert ActionCost.objects.get(key="ai_analysis").tokens == 5


def test_values_that_cannot_be_saved_are_said_and_not_shown(office):
    shown = preview(office, pack(), price_cents=1)
    assert "can't be saved yet" in shown
    assert "$40.00" in shown


def test_a_preview_is_for_those_who_may_change_it_and_only_on_request(office, staff):
    address = f"{page_of(pack())}preview/"
    assert office.get(address).status_code == 405
    assert office.post(reverse("admin:tokens_tokenpackage_change", args=[10**6]) + "preview/").status_code == 404
    staff.is_superuser = False
    staff.save(update_fields=["is_superuser"])
    staff.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    assert office.post(address, form_of(pack())).status_code == 403
    assert office.post(reverse("admin:tokens_tokenpackage_add") + "preview/", form_of(pack())).status_code == 403
