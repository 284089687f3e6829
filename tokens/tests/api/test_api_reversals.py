import pytest
from rest_framework.test import APIClient

from accounts import api_keys
from tokens.ledger.wallet import get_token_balance
from tokens.models import SpendReversal, TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.spends import spend
from tokens.testing.ledger_rows import assert_books_are_right
from tokens.web.refusals import problem_type

pytestmark = pytest.mark.django_db

SPEND, USAGE, HOLDS = "/api/tokens/spend", "/api/tokens/usage", "/api/tokens/holds"
WHY = {"reason": "The image could not be rendered"}


@pytest.fixture
def client(api, alice):
    simulate_token_purchase(alice.pk, "starter")
    return api(alice)


@pytest.fixture
def usage(client):
    """The ID of a spend of three analyses, 15 tokens."""
    return client.post(SPEND, {"action": "ai_analysis", "quantity": 3}).json()["id"]


def reverse(client, usage, key=None, **body):
    headers = {"headers": {"Idempotency-Key": key}} if key else {}
    return client.post(f"{USAGE}/{usage}/reverse", WHY | body, **headers)


def test_a_spend_is_taken_back_and_said_wherever_it_was_said(client, usage, alice):
    answer = reverse(client, usage, quantity=2)
    row = SpendReversal.objects.get()
    assert answer.status_code == 200
    assert answer.json() == {
        "success": True,
        "id": row.pk,
        "usage": usage,
        "quantity": 2,
        "tokens": 10,
        "balance": 95,
    }
    assert (row.reason, row.api_key, row.by) == (WHY["reason"], alice.api_keys.get().pk, None)
    listed = client.get(USAGE).json()["usage"][0]
    assert (listed["tokens_spent"], listed["tokens_reversed"]) == (15, 10)
    assert client.get(f"{USAGE}/summary").json()["tokens"] == 5
    (share,) = client.get("/api/tokens/stats").json()["usage_breakdown"]
    assert (share["tokens"], share["count"]) == (5, 1)
    line = client.get("/api/tokens/statement", {"kind": "reversal"}).json()["statement"][0]
    assert (line["tokens"], line["balance_after"]) == (10, 95)
    assert line["description"] == "Reversed: Analyses × 2 (The image could not be rendered)"


def test_the_same_call_again_answers_the_same(client, usage):
    first = reverse(client, usage, "a", quantity=1)
    again = reverse(client, usage, "a", quantity=1)
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (first.json(), "true")
    assert reverse(client, usage, "a", quantity=2).status_code == 422
    rest = reverse(client, usage)
    assert (rest.json()["tokens"], rest.json()["balance"]) == (10, 100)
    assert reverse(client, usage).json() == rest.json()
    assert SpendReversal.objects.count() == 2
    assert_books_are_right()


def test_more_than_is_left_is_a_conflict_that_says_how_many_are(client, usage):
    reverse(client, usage, quantity=2)
    problem = reverse(client, usage, quantity=2)
    assert (problem.status_code, problem.json()["left"]) == (409, 1)
    assert problem.json()["type"] == problem_type("reversal-exceeds-spend")
    assert problem.json()["detail"] == (f"Only 1 is left of usage {usage} to reverse, fewer than 2.")


def test_a_captured_hold_is_taken_back(client):
    hold = client.post(HOLDS, {"action": "data_export", "tokens": 30}).json()["id"]
    assert reverse(client, hold).json()["title"] == "Not reversible"
    client.post(f"{HOLDS}/{hold}/capture", {"tokens": 12})
    assert reverse(client, hold).json()["balance"] == 100


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": "1"}, "quantity"),
        ({"quantity": 2**31}, "quantity"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 201}, "reason"),
        ({"reason": 5}, "reason"),
        ({"tokens": 5}, "tokens"),
    ],
    ids=str,
)
def test_what_is_sent_wrongly_is_named(client, usage, body, field):
    answer = reverse(client, usage, **body)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])
    assert not SpendReversal.objects.exists()


def test_a_reason_is_needed(client, usage):
    (error,) = client.post(f"{USAGE}/{usage}/reverse", {}).json()["errors"]
    assert error["field"] == "reason"


def test_nobody_else_may_and_nobody_hears_of_it(client, usage, api, bob):
    for pk in (usage, 10**30):
        assert reverse(api(bob), pk).status_code == 404
    assert APIClient().post(f"{USAGE}/{usage}/reverse", WHY).status_code == 401
    _, reading = api_keys.issue(TokenUsage.objects.get().user, name="reader", may="read")
    reader = APIClient()
    reader.credentials(HTTP_AUTHORIZATION=f"Bearer {reading}")
    assert reverse(reader, usage).json()["title"] == "Missing scope"
    assert not SpendReversal.objects.exists()


def test_what_a_domain_cost_is_no_spend_of_a_key(client, alice):
    """As of any work that the shop did itself, whoever asked for it."""
    usage = spend(alice, "import_domain", metadata={"domain": "example.com"})
    answer = reverse(client, usage.pk)
    assert (answer.status_code, answer.json()["title"]) == (409, "Not reversible")
    assert get_token_balance(alice.pk) == 99
