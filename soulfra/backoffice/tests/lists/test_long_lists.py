"""Every list of rows that grow for ever: no statement of it counts, sorts or looks through the whole table."""

import re
from html import unescape

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.api_keys import CallingKey
from accounts.models import ApiKey, User
from brands.models import Analysis, Brand
from devtools.testing.factories import UserFactory
from memberships.models import Invoice, Membership, Subscription
from soulfra.testing.every_list import list_of, live
from tokens.models import (
    DailyTotal,
    Dispute,
    HourClosing,
    HourlyTotal,
    LedgerEntry,
    Lot,
    Mail,
    Posting,
    Purchase,
    Refund,
    SpendReversal,
    StaffAct,
    StripeCustomer,
    StripeEvent,
    TokenUsage,
    Wallet,
)
from tokens.spending.spends import spend_once
from tokens.testing.ledger_rows import post
from tokens.testing.office import page
from tokens.web.admin.links import page_of
from tokens.web.admin.paging import LongList

pytestmark = pytest.mark.django_db
LONG = [model for model, page in admin.site._registry.items() if isinstance(page, LongList)]
on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="its plans do not depend on statistics")


@pytest.fixture
def office(client, staff, alice):
    live(alice, staff)
    client.force_login(staff)
    return client


def statements_of(office, address, asked=None):
    with CaptureQueriesContext(connection) as captured:
        answer = office.get(address, asked)
    assert answer.status_code == 200
    return [query["sql"] for query in captured]


def rows_of(office, model, wanted):
    return list(office.get(list_of(model), {"q": wanted}).context["cl"].result_list)


def test_all_that_customers_make_is_a_long_list():
    settings = {"TokenPackage", "ActionCost", "Plan", "PlanPrice", "Category", "Group"}
    assert {model.__name__ for model in admin.site._registry} - {model.__name__ for model in LONG} == settings


def test_no_list_asks_more_for_three_rows_than_for_one(office, staff, bob):
    statements_of(office, list_of(User))  # fills what a process remembers
    with_one = {model: len(statements_of(office, list_of(model))) for model in LONG}
    live(bob, staff)
    live(UserFactory.create(username="carol"), staff)
    assert {model: len(statements_of(office, list_of(model))) for model in LONG} == with_one
    assert {model for model in LONG if model._default_manager.count() < 3} == {HourlyTotal, HourClosing, SpendReversal}


@pytest.mark.parametrize("model", LONG, ids=lambda model: model.__name__)
def test_no_list_counts_its_rows_or_compares_parts_of_words(office, model):
    for asked in ({}, {"q": "alice"}, {"q": "ALICE@example.com"}, {"q": "17"}):
        for sql in statements_of(office, list_of(model), asked):
            assert "WHERE" in sql or "COUNT(" not in sql
            assert not re.search(r"LIKE '%|UPPER\(|DISTINCT", sql), sql


@on_sqlite
@pytest.mark.parametrize("model", LONG, ids=lambda model: model.__name__)
def test_an_index_gives_the_order_of_each_list_and_the_rows_of_each_search(office, model):
    table = model._meta.db_table
    # A username in part is LIKE 'ali%', which has an index on PostgreSQL only.
    for asked in ({}, {"q": "alice"}, {"q": "alice@example.com"}, {"q": "17"})[: 1 if model is User else 4]:
        statements = statements_of(office, list_of(model), asked)
        for sql in (sql for sql in statements if f'FROM "{table}"' in sql and "LIMIT 5" in sql):
            steps = plan_of(sql)
            assert not asked or f"SCAN {table}" not in steps, (sql, steps)
            assert asked or not any("TEMP B-TREE FOR ORDER BY" in step for step in steps), (sql, steps)


@pytest.mark.parametrize(("model", "order"), [(TokenUsage, "number"), (Posting, "last_number"), (DailyTotal, "day")])
def test_one_customers_rows_come_in_the_order_of_their_own_index(office, alice, model, order):
    table = model._meta.db_table
    filtered = [] if model is Posting else [{"user__id__exact": f"{alice.pk}"}]
    for asked in ({"q": "alice"}, {"q": "Alice@example.com"}, *filtered):
        statements = statements_of(office, list_of(model), asked)
        (sql,) = [sql for sql in statements if f'FROM "{table}"' in sql and "LIMIT 5" in sql]
        assert f'ORDER BY "{table}"."{order}" DESC' in sql
        if connection.vendor == "sqlite":
            assert not any("TEMP B-TREE" in step for step in plan_of(sql)), plan_of(sql)


def test_a_posting_leads_to_its_usages_and_a_usage_to_the_key_that_asked(office, alice):
    key = ApiKey.objects.get(user=alice)
    for asking in (key.pk, 0):
        spend_once(alice.pk, "data_export", api_key=CallingKey(asking) if asking else None)
    post(alice)
    shown = office.get(page("tokens_posting", "change", Posting.objects.latest("pk").pk)).content.decode()
    (address,) = re.findall(r'href="([^"]*/tokenusage/\?[^"]*)"', shown)
    usages = list(office.get(unescape(address)).context["cl"].result_list)
    assert [usage.number for usage in usages] == [4, 3]
    links = [
        page("accounts_apikey", "change", key.pk) in office.get(page_of(usage)).content.decode() for usage in usages
    ]
    assert links == [False, True]


def plan_of(sql):
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql.replace("%", "%%"))
        return [row[3] for row in cursor.fetchall()]


@pytest.mark.parametrize(
    ("model", "wanted"),
    [
        (Purchase, "cs_alice"),
        (Purchase, "pi_alice"),
        (Purchase, "in_alice"),
        (Refund, "re_alice"),
        (Dispute, "dp_alice"),
        (StripeEvent, "evt_alice"),
        (StripeCustomer, "cus_alice"),
        (Subscription, "sub_alice"),
        (Membership, "sub_alice"),
        (Invoice, "sub_alice"),
        (Invoice, "in_alice"),
        (Mail, "old-alice@example.com"),
        (StaffAct, "request-alice"),
        (Brand, "alice.com"),
        (Analysis, "alice.com"),
        (EmailAddress, "alice@example.com"),
    ],
)
def test_a_search_finds_what_is_called_exactly_that(office, staff, bob, model, wanted):
    live(bob, staff)
    assert len(rows_of(office, model, wanted)) == 1
    assert rows_of(office, model, wanted[:-1]) == []


@pytest.mark.parametrize("model", [Purchase, LedgerEntry, TokenUsage, Lot, Wallet, Refund, Mail, Invoice, ApiKey, User])
def test_a_search_for_a_person_finds_all_of_theirs(office, staff, bob, alice, model):
    alices = [alice] if model is User else list(model.objects.order_by("-pk"))
    live(bob, staff)
    for wanted in ("alice", " Alice@Example.com "):
        assert rows_of(office, model, wanted) == alices
    assert rows_of(office, model, "nobody") == rows_of(office, model, "alice@example") == []


def test_a_username_may_be_typed_in_part_and_a_number_is_a_row(office, alice):
    assert rows_of(office, User, "ali") == [alice]
    entry = LedgerEntry.objects.latest("pk")
    assert rows_of(office, LedgerEntry, f"{entry.pk}") == [entry]
    for no_row in (f"{10**18}", f"{10**19 - 1}", "1" * 5000):
        assert rows_of(office, LedgerEntry, no_row) == rows_of(office, Purchase, no_row) == []
    purchase = Purchase.objects.get()
    assert rows_of(office, Purchase, f"{purchase.key}") == [purchase]


def test_the_values_of_a_filter_are_those_there_are(office):
    StripeEvent.objects.create(stripe_id="evt_2", type="a.b", livemode=False, payload={})
    StripeEvent.objects.create(stripe_id="evt_3", type="a.b", livemode=False, payload={})
    found = office.get(list_of(StripeEvent)).context["cl"]
    (values,) = [spec.lookup_choices for spec in found.filter_specs if getattr(spec, "title", "") == "type"]
    assert values == ["a.b", "t"]
    assert [row.type for row in office.get(list_of(StripeEvent), {"type": "t"}).context["cl"].result_list] == ["t"]
