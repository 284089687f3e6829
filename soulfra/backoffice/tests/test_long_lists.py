"""Every list of rows that grow for ever: no statement of it counts, sorts or looks through the whole table."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import api_keys
from accounts.models import ApiKey, User
from brands.models import Analysis, Brand, CsvImport, Export
from brands.testing.rows import make_analysis, make_brand
from devtools.testing.factories import UserFactory
from memberships.models import Gift, Invoice, Membership, Subscription
from tokens.models import (
    Dispute,
    GrantBatch,
    HourClosing,
    HourlyTotal,
    LedgerEntry,
    Lot,
    Mail,
    MutedMail,
    Purchase,
    Reconciliation,
    Refund,
    RefundRequest,
    StaffAct,
    StaffNote,
    StripeCustomer,
    StripeEvent,
    TokenUsage,
    Wallet,
)
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.purchases.reversals import follow_the_money
from tokens.spending.holds import hold
from tokens.spending.spends import spend
from tokens.staff.grants import grant
from tokens.web.admin.paging import LongList

pytestmark = pytest.mark.django_db
LONG = [model for model, page in admin.site._registry.items() if isinstance(page, LongList)]
on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="its plans do not depend on statistics")


def live(user, staff):
    """A row in every list, of a customer who did and had everything once."""
    now, name = timezone.now(), user.username
    purchase = simulate_token_purchase(user.pk, "pro")
    Purchase.objects.filter(pk=purchase.pk).update(
        stripe_checkout_session_id=f"cs_{name}", stripe_payment_intent_id=f"pi_{name}", stripe_invoice_id=f"in_{name}"
    )
    spend(user, "data_export", idempotency_key=name)
    hold(user, "ai_analysis")
    grant(user, tokens=5, reason="sorry", by=staff)
    about = {"user": user, "purchase": purchase}
    Refund.objects.create(
        **about, amount_cents=400, status="succeeded", source="staff", stripe_id=f"re_{name}", by=staff
    )
    Dispute.objects.create(**about, stripe_id=f"dp_{name}", status="lost", amount_cents=1, fetched_at=now)
    follow_the_money(purchase)
    RefundRequest.objects.create(purchase=purchase, amount_cents=1, reason="r", by=staff)
    GrantBatch.objects.create(emails=[], tokens=1, reason="r", by=staff)
    StripeCustomer.objects.create(user=user, stripe_id=f"cus_{name}")
    StripeEvent.objects.create(stripe_id=f"evt_{name}", type="t", livemode=False, payload={})
    Mail.objects.create(user=user, kind="receipt", about=name, subject="s", text="t", address=f"old-{name}@example.com")
    MutedMail.objects.create(user=user, kind="receipt")
    Reconciliation.objects.create(since=now, started_at=now)
    StaffAct.objects.create(by=staff, verb="refund", user=user, subject="s", reason="r", request_id=f"request-{name}")
    StaffNote.objects.create(by=staff, user=user, text="t")
    LogEntry.objects.log_actions(staff.pk, [user], 2, change_message="m", single_object=True)
    api_keys.issue(user, name="key")
    Authenticator.objects.create(user=user, type="totp", data={})
    brand = make_brand(user, f"{name}.com")
    make_analysis(brand)
    CsvImport.objects.create(user=user, content="domain\n", sha256="0" * 64)
    Export.objects.create(user=user, format="csv", expires_at=now)
    Gift.objects.create(user=user, plan_id="pro", until=now + timedelta(days=1), reason="r", by=staff)
    period = {"current_period_start": now, "current_period_end": now + timedelta(days=30)}
    subscription = Subscription.objects.create(
        user=user, plan_id="pro", stripe_id=f"sub_{name}", status="active", amount_cents=500, currency="usd",
        started_at=now, fetched_at=now, **period,
    )  # fmt: skip
    Membership.objects.update_or_create(user=user, defaults={"tier_id": "pro", "subscription": subscription})
    Invoice.objects.create(
        purchase=purchase, subscription=subscription, billing_reason="r", period_start=now, period_end=now
    )


@pytest.fixture
def office(client, staff, alice):
    live(alice, staff)
    client.force_login(staff)
    return client


def list_of(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


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
    with_one = {model: len(statements_of(office, list_of(model))) for model in LONG}
    live(bob, staff)
    live(UserFactory.create(username="carol"), staff)
    assert {model: len(statements_of(office, list_of(model))) for model in LONG} == with_one
    assert {model for model in LONG if model._default_manager.count() < 3} == {HourlyTotal, HourClosing}


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
