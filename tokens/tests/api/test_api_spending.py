import json

import pytest
from django.db import connection
from rest_framework.test import APIClient

from tokens.ledger.wallet import get_token_balance
from tokens.models import IdempotencyKey, TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.testing.ledger_rows import assert_books_are_right
from tokens.web.refusals import problem_type

pytestmark = pytest.mark.django_db

SPEND = "/api/tokens/spend"


@pytest.fixture
def client(api, alice):
    simulate_token_purchase(alice.pk, "starter")
    return api(alice)


def test_a_spend_answers_with_the_balance(client, alice):
    response = client.post(SPEND, {"action": "ai_analysis", "metadata": {"domain": "example.com"}})
    assert response.status_code == 200
    id = TokenUsage.objects.get(user=alice).pk
    assert response.json() == {"success": True, "balance": 95, "spent": 5, "id": id}
    assert TokenUsage.objects.get(user=alice).metadata == {"domain": "example.com"}
    assert_books_are_right()


def test_a_quantity_multiplies_the_price(client, alice):
    answer = client.post(SPEND, {"action": "ai_analysis", "quantity": 7}, HTTP_IDEMPOTENCY_KEY="k").json()
    usage = TokenUsage.objects.get(user=alice)
    assert answer == {"success": True, "balance": 65, "spent": 35, "id": usage.pk}
    assert usage.quantity == 7
    other = client.post(SPEND, {"action": "ai_analysis", "quantity": 6}, HTTP_IDEMPOTENCY_KEY="k")
    assert other.status_code == 422


@pytest.mark.parametrize("quantity", [0, -1, 10_001, 1.5, "2", True, None])
def test_a_quantity_is_a_whole_number_from_1_to_10000(client, alice, quantity):
    answer = client.post(SPEND, {"action": "ai_analysis", "quantity": quantity})
    assert (answer.status_code, "quantity" in answer.content.decode()) == (400, True)
    assert not TokenUsage.objects.exists()


def test_too_few_tokens_are_a_402_that_says_what_to_buy(api, bob):
    response = api(bob).post(SPEND, {"action": "data_export"})
    assert response.status_code == 402
    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": problem_type("insufficient-tokens"),
        "title": "Insufficient tokens",
        "status": 402,
        "detail": "This needs 10 tokens; you have 0 available, 10 short.",
        "error": "Insufficient tokens",
        "required": 10,
        "balance": 0,
        "available": 0,
        "shortfall": 10,
        "smallest_package": "starter",
    }


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (
            {"action": "fly"},
            "Unknown action “fly”. Use: import_domain, ai_analysis, csv_import, data_export.",
        ),
        ({}, "action: This field is required."),
        ({"action": None}, "action: This field may not be null."),
        ({"action": ["ai_analysis"]}, "action: Must be a string in double quotes."),
        ({"action": 5}, "action: Must be a string in double quotes."),
        ({"action": True}, "action: Must be a string in double quotes."),
        ({"action": "ai_analysis", "metadata": "text"}, "metadata: Must be a JSON object."),
        ({"action": "ai_analysis", "tokens": 3}, "tokens: Unknown field. Use: action, quantity, metadata."),
        ([1], "Send a JSON object, with the fields between { and }: this body is JSON, but not an object."),
    ],
)
def test_a_bad_body_is_a_400_with_a_sentence_and_spends_nothing(client, alice, body, detail):
    response = client.post(SPEND, body)
    assert (response.status_code, response.json()["detail"]) == (400, detail)
    assert get_token_balance(alice.pk) == 100


@pytest.mark.parametrize(
    "body",
    [
        "{",
        b"\xff\xfe",
        '{"action": "ai_analysis", "metadata": {"a": "\\u0000"}}',
        '{"action": "ai_analysis", "metadata": {"\\ud800": 1}}',
        '{"action": "ai_analysis", "metadata": {"a": NaN}}',
        '{"action": "ai_analysis", "metadata": {"a": [1e999]}}',
        '{"action": "ai_analysis", "metadata": {"a": -1e999}}',
        '{"action": "ai_analysis", "metadata": ' + '{"a":' * 100_000 + "1" + "}" * 100_001,
    ],
    ids=[
        "cut off",
        "not UTF-8",
        "NUL",
        "half a surrogate pair",
        "NaN",
        "infinite",
        "minus infinite",
        "nested without end",
    ],
)
def test_a_body_that_cannot_be_kept_is_a_400(client, alice, body):
    response = client.post(SPEND, body, content_type="application/json")
    assert response.status_code == 400
    assert get_token_balance(alice.pk) == 100


def test_an_infinite_number_is_refused_with_a_sentence(client):
    response = client.post(SPEND, '{"metadata": {"a": 1e999}}', content_type="application/json")
    assert response.json()["detail"] == ("The body contains a number that is too large to store. Send it as a string.")


@pytest.mark.parametrize("debug", [True, False])
def test_a_body_larger_than_the_limit_is_a_413_that_names_it(client, alice, settings, debug):
    settings.DEBUG = debug
    body = json.dumps({"action": "ai_analysis", "x": "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE})
    response = client.post(SPEND, body, content_type="application/json")
    assert (response.status_code, response["Content-Type"]) == (413, "application/problem+json")
    assert response.json() == {
        "type": problem_type("request-too-large"),
        "title": "Request too large",
        "status": 413,
        "detail": (
            "A request may have at most 2,621,440 bytes besides its files. Send less, or send the data as a file."
        ),
        "error": "Request too large",
    }
    assert get_token_balance(alice.pk) == 100


@pytest.mark.parametrize("path", [SPEND, "/api/tokens/holds"])
def test_metadata_may_have_16_kb_of_json_and_not_a_byte_more(client, alice, path):
    most = {"a": "é" * ((16 * 1024 - 8) // 2)}
    response = client.post(path, {"action": "import_domain", "metadata": {**most, "b": 1}})
    assert (response.status_code, response.json()["detail"]) == (
        400,
        "metadata: Must be at most 16,384 bytes of JSON (16 KB); this has 16,390.",
    )
    assert get_token_balance(alice.pk) == 100
    assert client.post(path, {"action": "import_domain", "metadata": most}).status_code in (200, 201)
    assert TokenUsage.objects.get().metadata == most


def test_only_json_is_read(client):
    response = client.post(SPEND, "action=ai_analysis", content_type="application/x-www-form-urlencoded")
    assert response.status_code == 415


def test_a_get_spends_nothing(client, alice):
    assert client.get(SPEND).status_code == 405
    assert get_token_balance(alice.pk) == 100


def test_a_browser_without_the_csrf_token_spends_nothing(alice):
    simulate_token_purchase(alice.pk, "starter")
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(alice)
    assert browser.post(SPEND, {"action": "ai_analysis"}).status_code == 403
    assert get_token_balance(alice.pk) == 100


def test_the_same_key_and_body_get_the_first_answer(client, alice):
    first = client.post(SPEND, {"action": "ai_analysis", "metadata": {"a": 1, "b": 2}}, HTTP_IDEMPOTENCY_KEY="k")
    client.post(SPEND, {"action": "import_domain"})
    again = client.post(SPEND, {"metadata": {"b": 2, "a": 1}, "action": "ai_analysis"}, HTTP_IDEMPOTENCY_KEY="k")
    assert again.status_code == 200
    id = TokenUsage.objects.get(action="ai_analysis").pk
    assert again.json() == first.json() == {"success": True, "balance": 95, "spent": 5, "id": id}
    assert (first.has_header("Idempotent-Replayed"), again["Idempotent-Replayed"]) == (False, "true")
    assert get_token_balance(alice.pk) == 94


def test_the_same_key_with_another_body_is_a_422(client, alice):
    client.post(SPEND, {"action": "ai_analysis"}, HTTP_IDEMPOTENCY_KEY="k")
    response = client.post(SPEND, {"action": "import_domain"}, HTTP_IDEMPOTENCY_KEY="k")
    assert (response.status_code, response.json()["error"]) == (422, "Idempotency key reused")
    assert get_token_balance(alice.pk) == 95


def test_the_same_key_at_another_address_is_a_422(client, alice):
    client.post("/api/tokens/holds", {"action": "ai_analysis"}, HTTP_IDEMPOTENCY_KEY="k")
    response = client.post("/api/tokens/purchase", {"package": "pro"}, HTTP_IDEMPOTENCY_KEY="k")
    assert response.status_code == 422


def test_a_key_of_a_spend_may_be_that_of_a_hold_too(client):
    for path, status in ((SPEND, 200), ("/api/tokens/holds", 201), (SPEND, 200), ("/api/tokens/holds", 201)):
        answer = client.post(path, {"action": "ai_analysis"}, HTTP_IDEMPOTENCY_KEY="k")
        assert answer.status_code == status
    assert client.get("/api/tokens/balance").json()["balance"] == 90


def test_a_refused_spend_frees_its_key(api, bob):
    client = api(bob)
    assert client.post(SPEND, {"action": "ai_analysis"}, HTTP_IDEMPOTENCY_KEY="k").status_code == 402
    assert not IdempotencyKey.objects.exists()
    simulate_token_purchase(bob.pk, "starter")
    assert client.post(SPEND, {"action": "ai_analysis"}, HTTP_IDEMPOTENCY_KEY="k").json()["balance"] == 95


def test_another_user_may_use_the_same_key(client, api, bob):
    simulate_token_purchase(bob.pk, "starter")
    assert client.post(SPEND, {"action": "ai_analysis"}, HTTP_IDEMPOTENCY_KEY="k").json()["balance"] == 95
    assert api(bob).post(SPEND, {"action": "import_domain"}, HTTP_IDEMPOTENCY_KEY="k").json()["balance"] == 99


@pytest.mark.parametrize("key", ["", "x" * 256, "naïve"])
def test_a_key_that_cannot_be_kept_is_a_400(client, alice, key):
    response = client.post(SPEND, {"action": "ai_analysis"}, HTTP_IDEMPOTENCY_KEY=key)
    assert response.status_code == 400
    assert get_token_balance(alice.pk) == 100


def test_a_longest_key_is_kept(client):
    assert client.post(SPEND, {"action": "ai_analysis"}, HTTP_IDEMPOTENCY_KEY="x" * 255).status_code == 200


def test_a_caller_in_too_much_of_a_hurry_is_told_when_to_come_back(client, settings):
    settings.API_BURST, settings.API_REQUESTS_PER_MINUTE = 2, 6
    answers = [client.get("/api/tokens/balance") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2]["Content-Type"] == "application/problem+json"
    assert 1 <= int(answers[2]["Retry-After"]) <= 10


@pytest.mark.parametrize("headers", [{}, {"HTTP_IDEMPOTENCY_KEY": "k"}])
def test_a_spend_over_http_takes_few_statements(client, django_assert_num_queries, headers):
    client.get("/api/tokens/balance")  # the first use of a key is noted, after the answer
    # With a key, the wallet is locked and what is there already is read first; SQLite takes more, and a savepoint.
    in_all = 3 + 2 * bool(headers) if connection.vendor == "postgresql" else 7 + 2 * bool(headers)
    with django_assert_num_queries(in_all):
        assert client.post(SPEND, {"action": "ai_analysis"}, **headers).status_code == 200


@pytest.mark.parametrize("key", ["first,second", "first, second", ","])
def test_two_keys_that_arrived_as_one_are_refused(client, key):
    answer = client.post(SPEND, {"action": "ai_analysis"}, HTTP_IDEMPOTENCY_KEY=key)
    assert (answer.status_code, answer.json()["detail"]) == (
        400,
        "Send one Idempotency-Key, without a comma: two headers would be taken for one key.",
    )
    assert client.get("/api/tokens/balance").json()["balance"] == 100
