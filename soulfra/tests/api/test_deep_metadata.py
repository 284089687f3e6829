"""Metadata that was stored before its depth was looked at is shown, cut, wherever usage is shown."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from soulfra.privacy import export
from tokens.models import TokenUsage
from tokens.models.metadata import DEEPEST_SHOWN
from tokens.nesting import CUT, cut, is_deeper
from tokens.spending.holds import capture, hold
from tokens.spending.spends import spend
from tokens.staff import grants
from tokens.staff.acts import Why

DEPTHS = [DEEPEST_SHOWN + 1, 900, 950]


def store(usage: TokenUsage, metadata: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE token_usage SET metadata = %s WHERE id = %s", [metadata, usage.pk])


@pytest.fixture(params=DEPTHS)
def usage(request, alice):
    grants.grant(alice, tokens=100, reason="For a test", by=None)
    usage = spend(alice.pk, "import_domain")
    depth = request.param
    store(usage, '{"domain": "ocean.com", "deep": ' + "[" * depth + "]" * depth + "}")
    return usage


def test_the_customer_sees_it_on_pages_and_by_the_api(usage, client, alice):
    client.force_login(alice)
    for address in (reverse("tokens:home"), reverse("tokens:usage")):
        assert client.get(address).status_code == 200
    (row,) = client.get("/api/tokens/usage").json()["usage"]
    assert not is_deeper(row["metadata"], DEEPEST_SHOWN)
    assert CUT in json.dumps(row["metadata"], ensure_ascii=False)


def test_staff_see_it_on_its_page_and_in_the_list(usage, staff):
    office = Client()
    office.force_login(staff)
    for address in (
        reverse("admin:tokens_tokenusage_change", args=[usage.pk]),
        reverse("admin:tokens_tokenusage_changelist"),
        reverse("admin:accounts_user_change", args=[usage.user_id]),
    ):
        assert office.get(address).status_code == 200


def test_it_is_in_the_export_of_what_is_kept(usage, alice, staff):
    text = "".join(export.export(alice, why=Why(staff, "Asked for")))
    assert json.loads(text)["usage"][0]["action"] == "import_domain"


def test_a_hold_that_is_captured_keeps_what_was_stored(alice):
    grants.grant(alice, tokens=100, reason="For a test", by=None)
    held = hold(alice.pk, "import_domain")
    text = "[" * 150 + "]" * 150
    store(held, f'{{"deep": {text}}}')
    capture(held)
    with connection.cursor() as cursor:
        cursor.execute("SELECT metadata FROM token_usage WHERE id = %s", [held.pk])
        assert text in str(cursor.fetchone()[0])


def test_what_is_cut_is_only_what_is_too_deep():
    value = {"a": [1, {"b": []}], "c": "text"}
    assert (is_deeper(value, 4), is_deeper(value, 3), is_deeper(1, 0)) == (False, True, False)
    assert cut(value, 4) == value
    assert cut(value, 3) == {"a": [1, {"b": CUT}], "c": "text"}
