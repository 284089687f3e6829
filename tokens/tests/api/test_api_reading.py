"""What the API tells: packages, balance, history, usage, stats. Whole answers, compared with ==."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tokens.models import Purchase
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.holds import hold, release
from tokens.spending.spends import spend
from tokens.testing.ledger_rows import buy
from tokens.testing.planting import plant_usages

pytestmark = pytest.mark.django_db

READS = ["balance", "history", "usage", "usage/summary", "statement", "stats"]


def test_packages_are_public_and_in_catalogue_order():
    response = APIClient().get("/api/tokens/packages")
    assert response.status_code == 200
    assert list(response.json()["packages"]) == ["starter", "pro", "premium"]
    assert response.json()["packages"]["pro"] == {
        "name": "Pro Pack",
        "tokens": 500,
        "price": 40.0,
        "amount_cents": 4000,
        "price_per_token": 0.08,
        "currency": "usd",
        "savings": "20%",
        "popular": True,
    }
    assert response.json()["costs"] == {"import_domain": 1, "ai_analysis": 5, "csv_import": 2, "data_export": 10}


@pytest.mark.parametrize("read", READS)
def test_a_stranger_is_sent_to_sign_in_with_a_problem(read):
    response = APIClient().get(f"/api/tokens/{read}")
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert response["WWW-Authenticate"] == "Bearer"
    assert response.json()["status"] == 401


@pytest.mark.parametrize("read", READS)
def test_a_signed_in_browser_may_read_too(alice, read):
    client = APIClient()
    client.force_login(alice)
    assert client.get(f"/api/tokens/{read}").status_code == 200


def test_the_balance_of_someone_new_is_zero(api, alice):
    assert api(alice).get("/api/tokens/balance").json() == {
        "balance": 0,
        "user_id": alice.pk,
        "available": 0,
        "held": 0,
        "frozen": 0,
        "owed": 0,
    }


def test_the_balance_after_buying_and_spending(api, alice):
    simulate_token_purchase(alice.pk, "pro")
    spend(alice, "ai_analysis")
    spend(alice, "import_domain")
    answer = api(alice).get("/api/tokens/balance").json()
    assert (answer["balance"], answer["available"]) == (494, 494)


def test_the_balance_and_signing_in_are_one_statement_each(api, alice, django_assert_num_queries):
    client = api(alice)
    client.get("/api/tokens/balance")  # the first use of a key is noted, after the answer
    with django_assert_num_queries(2):
        client.get("/api/tokens/balance")


def test_history_shows_only_ones_own_purchases_newest_first(api, alice, bob):
    first = simulate_token_purchase(alice.pk, "starter")
    second = simulate_token_purchase(alice.pk, "pro")
    simulate_token_purchase(bob.pk, "premium")
    answer = api(alice).get("/api/tokens/history").json()
    assert (answer["count"], answer["next"]) == (2, None)
    assert [row["id"] for row in answer["history"]] == [second.pk, first.pk]
    row = answer["history"][0]
    assert row.pop("created_at")
    assert row.pop("completed_at")
    assert row == {
        "id": second.pk,
        "type": "tokens",
        "amount": 40.0,
        "amount_cents": 4000,
        "price_cents": 4000,
        "price": 40.0,
        "refunded": {"amount": 0.0, "amount_cents": 0, "tokens": 0},
        "disputed": {"amount": 0.0, "amount_cents": 0, "tokens": 0},
        "currency": "usd",
        "tokens": 500,
        "description": "Pro Pack: 500 tokens",
        "status": "completed",
        "simulated": True,
    }


def test_usage_shows_only_what_oneself_spent_newest_first(api, alice, bob):
    for user in (alice, bob):
        simulate_token_purchase(user.pk, "starter")
        spend(user, "import_domain", metadata={"domain": f"{user.username}.com"})
    spend(alice, "ai_analysis")
    answer = api(alice).get("/api/tokens/usage").json()
    assert [(row["action"], row["tokens_spent"], row["metadata"]) for row in answer["usage"]] == [
        ("ai_analysis", 5, {}),
        ("import_domain", 1, {"domain": "alice.com"}),
    ]
    assert set(answer["usage"][0]) == {"id", "action", "tokens_spent", "tokens_reversed", "metadata", "created_at"}
    assert (answer["count"], answer["next"]) == (2, None)


def test_held_and_released_usage_is_not_listed_as_spent(api, alice):
    simulate_token_purchase(alice.pk, "starter")
    hold(alice, "data_export")
    release(hold(alice, "data_export"))
    assert api(alice).get("/api/tokens/usage").json()["usage"] == []


def test_stats_sum_what_was_bought_and_break_down_what_was_spent(api, alice):
    for package in ("starter", "pro"):
        buy(alice.pk, package)
    Purchase.objects.create(
        user=alice, type="tokens", description="open", tokens=100, amount_cents=1000, currency="usd"
    )
    for action in ("import_domain", "ai_analysis", "import_domain", "data_export"):
        spend(alice, action)
    assert api(alice).get("/api/tokens/stats").json() == {
        "balance": 583,
        "total_purchased": 600,
        "total_spent_usd": 50.0,
        "amount_cents": 5000,
        "currency": "usd",
        "purchase_count": 2,
        "usage_breakdown": [
            {"action": "data_export", "tokens": 10, "count": 1},
            {"action": "ai_analysis", "tokens": 5, "count": 1},
            {"action": "import_domain", "tokens": 2, "count": 2},
        ],
    }


def test_stats_leave_memberships_out(api, alice):
    Purchase.objects.create(
        user=alice,
        type="subscription",
        description="Pro membership",
        amount_cents=500,
        currency="usd",
        status="completed",
        completed_at=timezone.now(),
        paid_cents=500,
    )
    answer = api(alice).get("/api/tokens/stats").json()
    assert (answer["total_spent_usd"], answer["purchase_count"]) == (0.0, 0)


def make_rows(user, number):
    Purchase.objects.bulk_create(
        Purchase(user=user, type="tokens", description=str(n), tokens=1, amount_cents=1, currency="usd")
        for n in range(number)
    )
    plant_usages(user, number)


@pytest.mark.breaks_the_books
@pytest.mark.parametrize(("path", "key", "statements"), [("history", "history", 3), ("usage", "usage", 2)])
def test_a_list_costs_the_same_statements_whatever_its_length(
    api, alice, path, key, statements, django_assert_num_queries
):
    client = api(alice)
    for number, more in ((1, 1), (3, 2), (203, 200)):
        make_rows(alice, more)
        client.get(f"/api/tokens/{path}")
        with django_assert_num_queries(statements):
            answer = client.get(f"/api/tokens/{path}?limit=200").json()
        assert len(answer[key]) == min(number, 200)


@pytest.mark.breaks_the_books
@pytest.mark.parametrize(("path", "key"), [("history", "history"), ("usage", "usage")])
def test_pages_follow_each_other_without_gap_or_repetition_while_rows_are_added(api, alice, path, key):
    client = api(alice)
    make_rows(alice, 120)
    seen, address = [], f"/api/tokens/{path}?limit=50"
    while address:
        page = client.get(address).json()
        assert page["count"] == len(page[key])
        seen += [row["id"] for row in page[key]]
        address = page["next"]
        make_rows(alice, 1)
    assert len(seen) == 120
    assert seen == sorted(seen, reverse=True)


@pytest.mark.breaks_the_books
@pytest.mark.parametrize("cursor", ["nonsense", "AAAA", "", "cD0tNQ==", "5", "5.5", "٥.x", "x" * 5000, "\0"])
def test_a_cursor_that_no_page_gave_is_refused(api, alice, cursor):
    make_rows(alice, 3)
    response = api(alice).get("/api/tokens/history", {"cursor": cursor})
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert response.json()["detail"].startswith("cursor: ")


@pytest.mark.breaks_the_books
def test_a_cursor_that_was_changed_or_is_another_lists_is_refused(api, alice):
    make_rows(alice, 3)
    client = api(alice)
    cursor = parse_qs(urlsplit(client.get("/api/tokens/history?limit=2").json()["next"]).query)["cursor"][0]
    assert client.get("/api/tokens/history", {"cursor": cursor}).json()["count"] == 1
    for path, changed in (("history", f"1{cursor}"), ("history", cursor[:-1]), ("usage", cursor)):
        answer = client.get(f"/api/tokens/{path}", {"cursor": changed})
        sentence = "cursor: Invalid cursor. Start without one, then follow “next”."
        assert (answer.status_code, answer.json()["detail"]) == (400, sentence)


@pytest.mark.parametrize("path", ["tokens/history", "tokens/usage", "domains"])
@pytest.mark.parametrize(
    "limit", ["abc", "-1", "0", "201", "", "5.0", "1e2", "٥", "²", " 5", "+5", "9" * 30, "0x1", "\0"]
)
def test_a_limit_that_cannot_be_is_refused_with_the_range(api, alice, path, limit):
    answer = api(alice).get(f"/api/{path}", {"limit": limit})
    assert (answer.status_code, answer.json()["detail"]) == (400, "limit: Must be a whole number from 1 to 200.")


def test_yen_are_shown_without_decimals(api, alice):
    Purchase.objects.create(user=alice, type="tokens", description="yen", tokens=1, amount_cents=1500, currency="jpy")
    assert api(alice).get("/api/tokens/history").json()["history"][0]["price"] == 1500


def test_the_schema_names_every_token_endpoint(client):
    schema = client.get("/api/schema", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert schema.status_code == 200
    paths = set(json.loads(schema.content)["paths"])
    assert {f"/api/tokens/{name}" for name in [*READS, "packages", "purchase", "spend"]} <= paths


def test_the_docs_page_opens(client):
    response = client.get("/api/docs")
    assert response.status_code == 200
    assert '<html lang="en">' in response.content.decode()


def test_an_unknown_api_address_is_a_json_problem(client):
    response = client.get("/api/tokens/nothing")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
