"""The search finds each kind of thing by what staff have in hand, in one or two indexed statements."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import CacheRow
from memberships.models import Plan, PlanPrice, Subscription
from tokens.models import Dispute, Refund, StripeCustomer, StripeEvent
from tokens.purchases.lifecycle import simulate_token_purchase

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forgetful():
    """The theme keeps results for five minutes, and user ids repeat after a rollback."""
    caches["process"].clear()


def search(client, wanted):
    """Where the results lead."""
    page = client.get("/admin/search/", {"s": wanted, "extended": 1}).content.decode()
    return re.findall(r'href="(/admin/[^"]*)"\s+data-title', page)


def page_of(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


@pytest.fixture
def rows(alice):
    """One row for each id of Stripe's; ids have capitals, as Stripe's have."""
    now, plan = timezone.now(), Plan.objects.get(key="pro")
    purchase = simulate_token_purchase(alice.pk, "pro")
    purchase.stripe_checkout_session_id, purchase.stripe_payment_intent_id = "cs_test_aB3", "pi_3Qx"
    purchase.stripe_invoice_id = "in_1Zz"
    purchase.save()
    subscription = Subscription.objects.create(
        user=alice,
        plan=plan,
        stripe_id="sub_1Aa",
        schedule_id="sub_sched_1Ss",
        item_id="si_1",
        status="active",
        amount_cents=500,
        currency="usd",
        current_period_start=now,
        current_period_end=now,
        started_at=now,
        fetched_at=now,
    )
    made = {"user": alice, "purchase": purchase}
    event = {"type": "x", "livemode": False, "payload": {}}
    price = {"plan": plan, "amount_cents": 500, "currency": "usd"}
    return {
        "cs_test_aB3": purchase,
        "pi_3Qx": purchase,
        "in_1Zz": purchase,
        "sub_1Aa": subscription,
        "sub_sched_1Ss": subscription,
        "re_3Rr": Refund.objects.create(amount_cents=1, source="staff", stripe_id="re_3Rr", status="failed", **made),
        "pyr_1Pp": Refund.objects.create(amount_cents=1, source="staff", stripe_id="pyr_1Pp", status="failed", **made),
        "dp_1Dd": Dispute.objects.create(stripe_id="dp_1Dd", status="won", amount_cents=1, fetched_at=now, **made),
        "du_1Uu": Dispute.objects.create(stripe_id="du_1Uu", status="won", amount_cents=1, fetched_at=now, **made),
        "evt_1Ee": StripeEvent.objects.create(stripe_id="evt_1Ee", **event),
        "price_1Pr": PlanPrice.objects.create(stripe_id="price_1Pr", **price),
    }


def test_each_id_of_stripes_leads_to_its_row(office, rows):
    assert {wanted: search(office, wanted) for wanted in rows} == {
        wanted: [page_of(row)] for wanted, row in rows.items()
    }


def test_a_customer_of_stripes_leads_to_the_person(office, alice):
    customer = StripeCustomer.objects.create(user=alice, stripe_id="cus_9Cc")
    assert search(office, "cus_9Cc") == [page_of(alice), page_of(customer)]


def test_a_person_is_found_by_address_and_by_name(office, alice):
    assert search(office, "alice@example.com") == [page_of(alice)]
    assert search(office, " Alice@Example.com ") == [page_of(alice)]
    EmailAddress.objects.create(user=alice, email="second@example.com")
    assert search(office, "Second@example.com") == [page_of(alice)]
    assert search(office, "alice") == search(office, "ali") == [page_of(alice)]


def test_a_purchase_is_found_by_its_number_and_its_key(office, alice):
    purchase = simulate_token_purchase(alice.pk, "pro")
    for wanted in (str(purchase.pk), f"#{purchase.pk}", str(purchase.key)):
        assert search(office, wanted) == [page_of(purchase)]


@pytest.mark.parametrize(
    "wanted", ["cs_nothing", "zz_1", "nobody@example.com", "9" * 30, "0", "%", "a\x00b", "²", "_", "' OR 1=1"]
)
def test_what_is_not_there_finds_nothing(office, alice, rows, wanted):
    assert search(office, wanted) == []


def test_nobody_finds_what_they_may_not_see(client, clerk, alice, rows):
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_purchase", "view_refund"]))
    client.force_login(clerk)
    assert {wanted for wanted in rows if search(client, wanted)} == {
        "cs_test_aB3",
        "pi_3Qx",
        "in_1Zz",
        "re_3Rr",
        "pyr_1Pp",
    }
    assert search(client, "alice") == []
    client.force_login(alice)
    assert client.get("/admin/search/", {"s": "alice", "extended": 1}).status_code == 302


@pytest.mark.parametrize("wanted", ["cs_test_aB3", "sub_1Aa", "evt_1Ee", "alice", "alice@example.com", "7"])
def test_it_asks_the_database_twice_at_most_and_never_with_like_on_a_big_table(office, rows, wanted):
    search(office, "warm up")
    with CaptureQueriesContext(connection) as statements:
        office.get("/admin/search/", {"s": wanted, "extended": 1})
    asked = [each["sql"] for each in statements if re.search(r'FROM "(?!django_session)', each["sql"])]
    about = [sql for sql in asked if '"accounts_user"."id" = ' not in sql or "LIMIT 21" not in sql]
    assert len(about) <= 2, about
    assert not any("LIKE" in sql for sql in about if '"accounts_user"' not in sql)


def test_what_was_found_of_customers_is_not_written_to_the_shared_cache(office, rows):
    search(office, "alice")
    assert not CacheRow.objects.exists()
