"""What staff may do here: look at everything, edit packages and costs, and nothing else."""

import pytest
from django.contrib import admin
from django.urls import reverse

from tokens.catalog import get_catalog
from tokens.models import (
    AccountMail,
    ActionCost,
    Books,
    CardToForget,
    CardWish,
    Heartbeat,
    Purchase,
    SavedCard,
    TokenPackage,
)
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.spends import spend

pytestmark = pytest.mark.django_db

EDITABLE = {TokenPackage, ActionCost}
REGISTERED = [model for model in admin.site._registry if model._meta.app_label == "tokens"]


@pytest.fixture
def office(client, staff, alice):
    simulate_token_purchase(alice.pk, "pro")
    spend(alice, "ai_analysis", idempotency_key="k")
    client.force_login(staff)
    return client


def test_every_model_is_registered():
    from django.apps import apps

    # Of the books there is one row, which the closings of hours say already; heartbeats are for programs, account
    # emails open accounts, and a saved card stands on its customer's page; what is to come of a card, or of one no
    # more, is the worker's.
    cards = {CardToForget, CardWish, SavedCard}
    assert {*REGISTERED, AccountMail, Books, Heartbeat} | cards == set(apps.get_app_config("tokens").get_models())


def test_a_purchase_says_in_words_that_no_money_moved(office):
    purchase = Purchase.objects.get()
    for address in (
        reverse("admin:tokens_purchase_changelist"),
        reverse("admin:tokens_purchase_change", args=[purchase.pk]),
    ):
        assert "Yes (no money moved)" in office.get(address).content.decode()


def test_the_back_office_has_the_mark_of_the_shop(office):
    assert 'href="/static/img/mark.svg" type="image/svg+xml"' in office.get("/admin/").content.decode()


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model.__name__)
def test_every_list_and_row_opens(office, model):
    name = f"admin:tokens_{model._meta.model_name}"
    assert office.get(reverse(f"{name}_changelist")).status_code == 200
    assert office.get(reverse(f"{name}_changelist"), {"q": "alice"}).status_code == 200
    for row in model.objects.all()[:1]:
        assert office.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200


@pytest.mark.parametrize("model", [model for model in REGISTERED if model not in EDITABLE], ids=lambda m: m.__name__)
def test_money_rows_cannot_be_added_changed_or_deleted_even_by_a_superuser(office, model):
    name = f"admin:tokens_{model._meta.model_name}"
    assert office.get(reverse(f"{name}_add")).status_code == 403
    for row in model.objects.all()[:1]:
        assert office.post(reverse(f"{name}_change", args=[row.pk]), {}).status_code == 403
        assert office.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_a_price_edited_by_staff_is_seen_at_once(office):
    package = TokenPackage.objects.get(key="pro")
    form = {field: getattr(package, field) for field in ("key", "name", "tokens", "currency", "position")}
    response = office.post(
        reverse("admin:tokens_tokenpackage_change", args=[package.pk]),
        {**form, "price_cents": 4500, "is_popular": "on", "is_active": "on"},
    )
    assert response.status_code == 302
    assert get_catalog().package("pro").price_cents == 4500


@pytest.mark.parametrize("wrong", [{"price_cents": 10}, {"price_cents": 100_000_000}, {"currency": "zzz"}])
def test_a_price_that_stripe_would_refuse_is_not_saved(office, wrong):
    package = TokenPackage.objects.get(key="pro")
    form = {
        field: getattr(package, field) for field in ("key", "name", "tokens", "currency", "position", "price_cents")
    }
    address = reverse("admin:tokens_tokenpackage_change", args=[package.pk])
    assert office.post(address, {**form, "is_active": "on", **wrong}).status_code == 200
    package.refresh_from_db()
    assert (package.price_cents, package.currency) == (4000, "usd")


def test_moments_are_written_as_everywhere_in_the_shop(office):
    bought_at = Purchase.objects.get().created_at
    assert f"{bought_at:%b %-d, %Y, %H:%M}<" in office.get(reverse("admin:tokens_purchase_changelist")).content.decode()


def test_a_customer_is_kept_out(client, alice):
    client.force_login(alice)
    assert client.get(reverse("admin:tokens_purchase_changelist")).status_code == 302
