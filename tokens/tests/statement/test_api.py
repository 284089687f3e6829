"""`GET /api/tokens/statement`: whole answers, its parameters, and pages that follow one another."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tokens.models import Wallet
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.spends import spend
from tokens.testing.hold_states import later
from tokens.testing.ledger_rows import buy

pytestmark = pytest.mark.django_db

ADDRESS = "/api/tokens/statement"


def read(client, **query):
    response = client.get(ADDRESS, query)
    assert response.status_code == 200, response.json()
    return response.json()


def test_a_stranger_is_sent_to_sign_in():
    assert APIClient().get(ADDRESS).status_code == 401


def test_a_line_says_when_what_how_many_and_what_was_paid(api, alice):
    purchase = buy(alice.pk, "pro")
    usage = spend(alice, "ai_analysis", metadata={"domain": "ocean-dreams.com"})
    body = read(api(alice))
    newest, oldest = body.pop("statement")
    assert body == {"opening_balance": 0, "closing_balance": 495, "has_more": False, "next": None}
    assert newest.pop("at").endswith("Z")
    assert newest == {
        "id": f"usage-{usage.pk}",
        "kind": "spend",
        "description": "Analyses, ocean-dreams.com",
        "tokens": -5,
        "balance_after": 495,
        "amount": None,
        "currency": None,
        "reference": f"usage {usage.pk}",
    }
    assert oldest.items() >= {"kind": "purchase", "amount": 40.0, "currency": "usd", "tokens": 500}.items()
    assert oldest["reference"] == f"purchase {purchase.pk}"


def test_a_statement_shows_only_ones_own_lines(api, alice, bob):
    simulate_token_purchase(alice.pk, "pro")
    spend(alice, "import_domain")
    assert read(api(bob)) == {
        "statement": [],
        "opening_balance": 0,
        "closing_balance": 0,
        "has_more": False,
        "next": None,
    }


def test_since_is_inclusive_and_until_exclusive(api, alice):
    simulate_token_purchase(alice.pk, "pro")
    moments = []
    for minutes in (1, 2, 3):
        with later(minutes=minutes):
            moments.append(spend(alice, "import_domain").created_at)
    body = read(api(alice), since=moments[0].isoformat(), until=moments[2].isoformat())
    assert [line["balance_after"] for line in body["statement"]] == [498, 499]
    assert (body["opening_balance"], body["closing_balance"]) == (500, 498)
    nothing = read(api(alice), since=(moments[2] + timedelta(seconds=1)).isoformat())
    assert (nothing["statement"], nothing["opening_balance"], nothing["closing_balance"]) == ([], 497, 497)


def test_pages_follow_one_another_with_the_same_balances_while_tokens_move(api, alice):
    simulate_token_purchase(alice.pk, "pro")
    for _ in range(4):
        spend(alice, "import_domain")
    client, found, address = api(alice), [], f"{ADDRESS}?limit=2"
    while address:
        body = client.get(address).json()
        assert (body["opening_balance"], body["closing_balance"]) == (0, 496)
        found += body["statement"]
        address = body["next"]
        assert body["has_more"] == (address is not None)
        spend(alice, "import_domain")
    assert [line["balance_after"] for line in found] == [496, 497, 498, 499, 500]


def test_one_kind_alone(api, alice):
    simulate_token_purchase(alice.pk, "pro")
    spend(alice, "import_domain")
    assert [line["tokens"] for line in read(api(alice), kind="purchase")["statement"]] == [500]


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ({"since": "2026-11-30"}, "since", "Must be a time such as 2026-11-30T00:00:00Z"),
        ({"since": "2026-11-30T00:00:00"}, "since", "Must be a time such as"),  # without an offset
        ({"since": "2026-02-30T00:00:00Z"}, "since", "Must be a time such as"),
        ({"until": "0001-01-01T00:00:00+14:00"}, "until", "Must be a time such as"),
        ({"until": "2026-11-30T00:00:00 01:00"}, "until", "%2B"),  # a + that was not encoded
        ({"since": "2026-11-30T00:00:00Z", "until": "2026-11-30T01:00:00+01:00"}, "until", "after “since”"),
        ({"since": ""}, "since", "Must be a time such as"),
        ({"until": " "}, "until", "Must be a time such as"),
        ({"kind": ""}, "kind", "Must be one of: purchase, membership"),
        ({"limit": ""}, "limit", "from 1 to 200"),
        ({"cursor": ""}, "cursor", "Invalid cursor"),
        ({"kind": "gift"}, "kind", "Must be one of: purchase, membership"),
        ({"limit": "0"}, "limit", "from 1 to 200"),
        ({"cursor": "1-2-3-4-5-6"}, "cursor", "Invalid cursor"),
        ({"page": "2"}, "page", "Unknown query parameter. Use: "),
    ],
)
def test_what_it_does_not_take_is_named(api, alice, query, field, sentence):
    response = api(alice).get(ADDRESS, query)
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert field in str(error)
    assert sentence in str(error)


@pytest.mark.parametrize("at", ["2026-11-30T00:00:00Z", "2026-11-30t00:00:00.5z", "9999-12-31T23:59:59-12:00"])
def test_moments_are_taken_as_rfc_3339_writes_them(api, alice, at):
    expected = 400 if at.startswith("9999") else 200  # which is in the year 10000, in UTC
    assert api(alice).get(ADDRESS, {"since": at}).status_code == expected


def test_a_page_takes_as_many_statements_however_long_the_history_is(api, alice, django_assert_max_num_queries):
    simulate_token_purchase(alice.pk, "pro")
    for _ in range(60):
        spend(alice, "import_domain")
    client = api(alice)
    client.get(ADDRESS)
    now = timezone.now().isoformat()
    with django_assert_max_num_queries(12):
        client.get(ADDRESS, {"until": now})
    assert Wallet.objects.get().last_number == 60
