import pytest
from django.utils.dateparse import parse_datetime

from tokens.models import TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.spends import spend
from tokens.testing.ledger_rows import assert_books_are_right

pytestmark = pytest.mark.django_db

HOLDS = "/api/tokens/holds"


@pytest.fixture
def client(api, alice):
    simulate_token_purchase(alice.pk, "starter")
    return api(alice)


def test_a_hold_is_made_captured_and_looked_at(client):
    made = client.post(HOLDS, {"action": "data_export", "tokens": 30, "expires_in": 60, "metadata": {"file": "a"}})
    row = TokenUsage.objects.get()
    assert made.status_code == 201
    assert parse_datetime(made.json()["expires_at"]) == row.expires_at
    assert made.json() == {
        "id": row.pk,
        "status": "held",
        "reason": None,
        "tokens": 30,
        "expires_at": made.json()["expires_at"],
        "balance": 70,
    }
    assert client.get("/api/tokens/balance").json()["held"] == 30
    captured = client.post(f"{HOLDS}/{row.pk}/capture", {"tokens": 12})
    assert captured.status_code == 200
    assert captured.json() == {**made.json(), "status": "spent", "tokens": 12, "balance": 88}
    assert client.get(f"{HOLDS}/{row.pk}").json() == captured.json()
    assert_books_are_right()


def test_a_client_that_crashed_finds_its_holds(client, api, bob):
    made = [client.post(HOLDS, {"action": "data_export", "tokens": tokens}).json()["id"] for tokens in range(1, 6)]
    client.post(f"{HOLDS}/{made[0]}/capture")
    client.post(f"{HOLDS}/{made[1]}/release")
    client.post("/api/tokens/spend", {"action": "import_domain"})
    simulate_token_purchase(bob.pk, "starter")
    api(bob).post(HOLDS, {"action": "data_export"})
    first = client.get(HOLDS, {"limit": 2, "status": "held"}).json()
    then = client.get(first["next"]).json()
    assert [[hold["id"] for hold in page["holds"]] for page in (first, then)] == [made[4:2:-1], [made[2]]]
    assert [(page["has_more"], page["next"] is None) for page in (first, then)] == [(True, False), (False, True)]
    everything = client.get(HOLDS).json()["holds"]
    assert [hold["id"] for hold in everything] == made[::-1]
    assert [hold["status"] for hold in everything] == ["held"] * 3 + ["released", "spent"]
    assert everything[3].keys() == {
        *["id", "status", "reason", "tokens", "action", "metadata", "created_at", "expires_at", "ended_at"]
    }
    assert (everything[3]["reason"], everything[4]["reason"]) == ("caller", None)


@pytest.mark.parametrize("query", [{"status": "open"}, {"limit": 0}, {"cursor": "x"}, {"page": 1}], ids=str)
def test_a_list_of_holds_is_asked_for_exactly(client, query):
    assert client.get(HOLDS, query).status_code == 400


def test_the_usual_hold_is_what_the_action_costs_for_an_hour(client):
    client.post(HOLDS, {"action": "ai_analysis"})
    row = TokenUsage.objects.get()
    assert row.tokens_spent == 5
    assert row.expires_at is not None
    assert 3595 < (row.expires_at - row.created_at).total_seconds() <= 3601


def test_the_same_verb_again_gets_its_first_answer(client, alice):
    made = client.post(HOLDS, {"action": "data_export"}).json()
    first = client.post(f"{HOLDS}/{made['id']}/release").json()
    spend(alice, "import_domain")
    assert client.post(f"{HOLDS}/{made['id']}/release").json() == first
    assert (first["status"], first["reason"], first["tokens"], first["balance"]) == ("released", "caller", 0, 100)


def test_a_verb_in_the_wrong_state_is_a_409(client):
    made = client.post(HOLDS, {"action": "data_export"}).json()
    client.post(f"{HOLDS}/{made['id']}/release")
    response = client.post(f"{HOLDS}/{made['id']}/capture")
    assert (response.status_code, response.json()["error"]) == (409, "Hold ended")


def test_capturing_too_much_is_a_400(client):
    made = client.post(HOLDS, {"action": "data_export"}).json()
    response = client.post(f"{HOLDS}/{made['id']}/capture", {"tokens": 11})
    assert (response.status_code, response.json()["detail"]) == (
        400,
        "This hold has 10 tokens: capture from 1 to 10, not 11.",
    )


def test_holding_too_much_is_the_402_that_says_what_to_buy(client):
    response = client.post(HOLDS, {"action": "data_export", "tokens": 250})
    assert (response.status_code, response.json()["shortfall"], response.json()["smallest_package"]) == (
        402,
        150,
        "pro",
    )


@pytest.mark.parametrize(
    "body",
    [
        {"action": "fly"},
        {"action": "data_export", "expires": 60},
        {"action": "data_export", "tokens": 0},
        {"action": "data_export", "tokens": 2**31},
        {"action": "data_export", "tokens": "many"},
        {"action": "data_export", "expires_in": 59},
        {"action": "data_export", "expires_in": 604801},
        {"tokens": 5},
    ],
)
def test_a_bad_hold_is_a_400_and_holds_nothing(client, body):
    assert client.post(HOLDS, body).status_code == 400
    assert not TokenUsage.objects.exists()


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (HOLDS, {"action": 5}, "action"),
        ("/api/tokens/quote", {"items": [{"action": 5, "count": 1}]}, "items.0.action"),
    ],
)
def test_an_action_is_named_by_text_and_by_nothing_else(client, path, body, field):
    response = client.post(path, body)
    assert (response.status_code, response.json()["detail"]) == (
        400,
        f"{field}: Must be a string in double quotes.",
    )


def test_the_same_key_makes_one_hold(client):
    answers = [client.post(HOLDS, {"action": "data_export"}, HTTP_IDEMPOTENCY_KEY="k") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert TokenUsage.objects.count() == 1


def test_somebody_elses_hold_is_not_there(client, api, bob):
    made = client.post(HOLDS, {"action": "data_export"}).json()
    stranger = api(bob)
    assert stranger.get(f"{HOLDS}/{made['id']}").status_code == 404
    assert stranger.post(f"{HOLDS}/{made['id']}/release").status_code == 404
    assert stranger.post(f"{HOLDS}/{made['id']}/capture").status_code == 404
    assert TokenUsage.objects.get().status == "held"


def test_a_plain_spend_is_no_hold(client, alice):
    usage = spend(alice, "ai_analysis")
    assert client.get(f"{HOLDS}/{usage.pk}").status_code == 404


def quoted(client, *items):
    return client.post("/api/tokens/quote", {"items": [{"action": action, "count": count} for action, count in items]})


def test_a_quote_that_can_be_paid(client):
    assert quoted(client, ("import_domain", 50), ("ai_analysis", 10)).json() == {
        "total": 100,
        "balance": 100,
        "affordable": True,
        "shortfall": 0,
        "smallest_package": None,
    }


def test_a_quote_that_is_short_names_the_smallest_package_that_covers_it(client):
    assert quoted(client, ("csv_import", 1), ("import_domain", 300)).json() == {
        "total": 302,
        "balance": 100,
        "affordable": False,
        "shortfall": 202,
        "smallest_package": "pro",
    }


def test_a_quote_counts_what_is_held_as_gone_and_changes_nothing(client):
    client.post(HOLDS, {"action": "data_export", "tokens": 30})
    assert quoted(client, ("import_domain", 71)).json()["shortfall"] == 1
    assert client.get("/api/tokens/balance").json()["balance"] == 70


@pytest.mark.parametrize(
    "items",
    [
        [],
        None,
        "x",
        [{"action": "import_domain"}],
        [{"action": "import_domain", "count": 0}],
        [{"action": "import_domain", "count": 1, "per": "day"}],
        [{"action": "fly", "count": 1}],
    ],
)
def test_a_bad_quote_is_a_400(client, items):
    assert client.post("/api/tokens/quote", {"items": items}).status_code == 400
