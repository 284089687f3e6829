"""Whatever stands in an address of the back office, the server has no fault: every page, every kind of column."""

import logging
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import NoReverseMatch, get_resolver, reverse

from soulfra.testing.every_list import list_of, live
from tokens.models import Purchase

pytestmark = pytest.mark.django_db

NUL, HUGE = "\x00", "9" * 30
ODD = ["zz", HUGE, "0001-01-01", NUL, "-1", "٣", "9999-12-31T23:59:59-12:00", ""]
LOOKUPS = ["exact", "isnull", "in", "gte", "range", "contains", "year", "zz"]
# What pages, the admin and the theme read from an address themselves.
KNOWN = ["p", "page", "o", "q", "e", "all", "_popup", "_to_field", "_facets", "_changelist_filters", "tab", "before"]
KNOWN += ["days", "month", "format", "s", "term", "app_label", "id__in", "pk", "zz__zz", "user__username", "next"]
GRID = [(name, value) for name in KNOWN for value in ODD]


@pytest.fixture
def office(client, staff, alice, caplog):
    live(alice, staff)
    client.force_login(staff)
    client.raise_request_exception = False
    caplog.set_level(logging.CRITICAL)
    return client


def answer_to(office, address, asked=None):
    """In a savepoint, because a complaint of PostgreSQL's would end the test's own transaction."""
    with transaction.atomic():
        answer = office.get(address, asked)
        transaction.set_rollback(True)
    return answer


def faults(office, asked):
    return [(address, query) for address, query in asked if answer_to(office, address, query).status_code >= 500]


def names_of_pages():
    for namespace in ("admin", "backoffice"):
        for pattern in get_resolver().namespace_dict[namespace][1].url_patterns:
            for each in getattr(pattern, "url_patterns", [pattern]):
                if each.name and each.name not in ("logout", "view_on_site"):
                    yield f"{namespace}:{each.name}"


def addresses(*args):
    """Of all pages that are about a row, with `args`, or about none, without."""
    found = set()
    for name in names_of_pages():
        try:
            found.add(reverse(name, args=args))
        except NoReverseMatch:
            continue
    return sorted(found)


def columns():
    """A list with a filter for each kind of column, and the column's name; and our own filters, by theirs."""
    kinds: dict[Any, tuple[str, str]] = {}
    for model, page in admin.site._registry.items():
        for given in page.list_filter:
            name: Any = given[0] if isinstance(given, tuple) else given
            if isinstance(name, str):
                kinds.setdefault(type(model._meta.get_field(name)), (list_of(model), name))
            else:
                kinds[name] = (list_of(model), name.parameter_name)
    return list(kinds.values())


def test_every_page_takes_what_it_cannot_use(office):
    pages = addresses()
    assert len(pages) > 40
    asked = [
        (address, dict([GRID[(7 * number + 61 * turn) % len(GRID)]]))
        for number, address in enumerate(pages)
        for turn in range(2)
    ]
    assert faults(office, asked) == []


def test_every_kind_of_column_takes_what_it_cannot_hold(office):
    lists = columns()
    assert len(lists) >= 4
    asked = [
        (address, {f"{name}__{lookup}": value}) for address, name in lists for lookup in LOOKUPS for value in ODD[:3]
    ]
    asked += [(address, {name: value}) for address, name in lists for value in ODD]
    assert faults(office, asked) == []


@pytest.mark.parametrize("pk", ["zz", HUGE, "%00"])
def test_every_page_about_a_row_takes_a_row_that_cannot_be(office, pk):
    pages = addresses("PK")
    assert len(pages) > 60
    asked = [(address.replace("PK", pk), None) for address in pages if "password" not in address]
    assert faults(office, asked) == []


@pytest.mark.parametrize(
    "query", ["status__exact=%00", "created_at__gte=zz", "p=zzz&id__in=zz", "user__exact=zz", "status__range=12"]
)
def test_a_list_with_a_senseless_filter_is_shown_without_it_and_says_so(office, query):
    answer = office.get(f"{list_of(Purchase)}?{query}", follow=True)
    assert list(answer.context["cl"].result_list) == list(Purchase.objects.order_by("-pk"))
    assert [str(each) for each in get_messages(answer.wsgi_request)] or "invalid filter" in answer.content.decode()


@pytest.mark.parametrize(("query", "count"), [("gte=2026-01-01", 1), ("lt=2026-01-01", 0), ("lt=9000-01-01T00:00Z", 1)])
def test_a_date_without_a_time_zone_filters_in_utc(office, query, count):
    answer = office.get(f"{list_of(Purchase)}?created_at__{query}")
    assert (answer.status_code, len(answer.context["cl"].result_list)) == (200, count)


@pytest.mark.parametrize("query", ["s=alice&page=zz", "s=alice&page=99", "s=%00", "s=alice&page=" + HUGE])
def test_the_search_answers_400_to_a_page_that_is_none(office, query):
    answer = office.get(f"/admin/search/?{query}")
    assert (answer.status_code, "This address can&#x27;t be read" in answer.text) == (400, True)


@pytest.mark.parametrize("fault", [KeyError, ValueError, OverflowError, ValidationError])
def test_a_fault_of_ours_is_still_one(office, monkeypatch, caplog, fault):
    """Only what was asked by an address is forgiven: a page about a row that may be there asked for nothing odd."""

    def fail(*args, **kwargs):
        raise fault("a fault of ours")

    caplog.set_level(logging.WARNING)
    monkeypatch.setattr("soulfra.backoffice.customer.user.overview", fail)
    assert office.get(f"/admin/accounts/user/{Purchase.objects.get().user_id}/change/").status_code == 500
    assert [record.levelname for record in caplog.records if record.exc_info] == ["ERROR"]


def test_a_fault_of_ours_on_a_page_about_no_row_is_still_one(office, monkeypatch):
    def fail(*args, **kwargs):
        raise ValueError("a fault of ours")

    monkeypatch.setattr("soulfra.backoffice.month_end.month_end", fail)
    assert office.get("/admin/month-end/").status_code == 500


@pytest.mark.parametrize("tab", ["statement", "purchases", "domains"])
@pytest.mark.parametrize("before", ["zz", "", "-1", "1.0", "٣", HUGE])
def test_a_tab_answers_400_to_a_page_that_is_none(office, tab, before):
    address = f"/admin/accounts/user/{Purchase.objects.get().user_id}/change/"
    answer = office.get(address, {"tab": tab, "before": before})
    assert (answer.status_code, "This page doesn&#x27;t exist" in answer.text) == (400, True)


def test_a_number_of_thousands_of_digits_is_searched_for_as_a_name(office):
    assert office.get("/admin/search/", {"s": "9" * 5000}).status_code == 200
