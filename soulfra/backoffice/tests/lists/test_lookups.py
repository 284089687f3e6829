"""Filters in the address of a list: what the list shows may be asked for, and no other column, whoever asks."""

from typing import Any

import pytest
from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.urls import reverse

from soulfra.testing.every_list import list_of, live
from tokens.models import Purchase, StripeEvent
from tokens.testing.office import hire

pytestmark = pytest.mark.django_db

PAGES: dict[Any, Any] = dict(admin.site._registry)
# What opens doors, or is nobody's business, by the page through which it could be guessed a letter at a time.
SECRETS = [
    ("accounts_user", "password__startswith"),
    ("accounts_user", "last_login__gte"),
    ("accounts_user", "api_keys__digest__startswith"),
    ("accounts_apikey", "digest__startswith"),
    ("accounts_apikey", "user__password__startswith"),
    ("account_emailaddress", "user__password__startswith"),
    ("mfa_authenticator", "data__icontains"),
    ("mfa_authenticator", "data__secret__startswith"),
    ("mfa_authenticator", "user__password__startswith"),
    ("tokens_idempotencykey", "answer__icontains"),
    ("tokens_idempotencykey", "fingerprint__startswith"),
    ("tokens_stripeevent", "payload__icontains"),
    ("tokens_stripeevent", "payload__data__object__customer_email__startswith"),
    ("tokens_mail", "text__icontains"),
    ("tokens_mail", "html__regex"),
    ("tokens_mail", "address__startswith"),
    ("tokens_purchase", "user_agent__startswith"),
    ("tokens_purchase", "client_ip__startswith"),
    ("tokens_purchase", "checkout_url__startswith"),
    ("tokens_purchase", "user__password"),
    ("tokens_purchase", "refunds__by__password__startswith"),
    ("tokens_grantbatch", "emails__icontains"),
    ("tokens_grantbatch", "by__password__startswith"),
    ("tokens_tokenusage", "metadata__token__startswith"),
    ("brands_csvimport", "content__icontains"),
    ("brands_export", "file__startswith"),
    ("admin_logentry", "user__password__startswith"),
    ("auth_group", "user__password__startswith"),
]


def shown_by(model, page):
    """The columns of a list and of its filters, by name."""
    named = [*page.list_display, *page.list_filter, page.date_hierarchy, *page.filtered_beside]
    names = {name[0] if isinstance(name, tuple) else name for name in named} | {model._meta.pk.name}
    return {name for name in names if isinstance(name, str) and is_column(model, name)}


def is_column(model, name):
    try:
        return bool(model._meta.get_field(name))
    except FieldDoesNotExist:
        return False


def hidden_columns(model, page):
    """Every other column, also of what each row leads to, there and back."""
    shown = shown_by(model, page)
    for field in model._meta.get_fields():
        if field.name not in shown:
            yield field.name
        if field.is_relation and field.related_model:
            others = field.related_model._meta.get_fields()
            paths = [f"{field.name}__{other.name}" for other in others if not getattr(other, "primary_key", False)]
            yield from (path for path in paths if path not in page.list_display)


def test_every_list_is_asked_here():
    assert len(PAGES) > 30
    assert all(hasattr(page, "filtered_beside") for page in PAGES.values())


@pytest.mark.parametrize("model", PAGES, ids=lambda model: model._meta.label)
def test_only_what_a_list_shows_may_be_looked_up(rf, staff, model):
    page = PAGES[model]
    request = rf.get("/")
    request.user = staff
    hidden = list(hidden_columns(model, page))
    for name in hidden:
        for way in ("", "__exact", "__startswith", "__in", "__isnull", "__regex", "__gt"):
            assert not page.lookup_allowed(f"{name}{way}", "a", request), name
    for name in shown_by(model, page):
        assert page.lookup_allowed(f"{name}__exact", "a", request), name


@pytest.mark.parametrize("who", ["superuser", "auditor"])
def test_nothing_is_found_out_about_a_column_that_no_list_shows(client, staff, alice, who):
    live(alice, staff)
    client.force_login(staff if who == "superuser" else hire("auditor"))
    for name, lookup in SECRETS:
        for value in ("a", "1"):
            answer = client.get(reverse(f"admin:{name}_changelist"), {lookup: value})
            assert answer.status_code in ((400,) if who == "superuser" else (400, 403)), (name, lookup)


def test_no_list_answers_to_a_column_of_its_own_that_it_hides(client, staff):
    client.force_login(staff)
    asked = 0
    for model, page in PAGES.items():
        for field in model._meta.concrete_fields:
            if field.name not in shown_by(model, page):
                assert client.get(list_of(model), {f"{field.name}__isnull": "0"}).status_code == 400, field
                asked += 1
                break
    assert asked > 25


def test_what_a_list_shows_is_still_found(client, staff, alice, bob):
    live(alice, staff)
    client.force_login(staff)
    purchase = Purchase.objects.get()
    for asked, count in (
        ({"user__id__exact": alice.pk}, 1),
        ({"user": bob.pk}, 0),
        ({"description__startswith": "Pro"}, 1),
        ({"tokens__gt": "500"}, 0),
        ({"id__in": purchase.pk}, 1),
        ({"pk": purchase.pk}, 1),
        ({"type__exact": "tokens"}, 1),
        ({"is_simulated__exact": "1"}, 1),
    ):
        answer = client.get(list_of(Purchase), asked)
        assert (answer.status_code, len(answer.context["cl"].result_list)) == (200, count), asked
    assert client.get(list_of(StripeEvent), {"type": "t"}).status_code == 200
