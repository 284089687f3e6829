"""Many spends in one call: all or none, named as a whole or each by itself, once however often and at once."""

import pytest

from tokens.errors import InsufficientTokens
from tokens.ledger.wallet import get_token_balance
from tokens.models import TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.batches import Item, spend_batch
from tokens.spending.own_limits import set_limits
from tokens.spending.spends import spend
from tokens.testing.ledger_rows import assert_books_are_right
from tokens.testing.races import at_once
from tokens.web.refusals import problem_type

pytestmark = pytest.mark.django_db

BATCH = "/api/tokens/spend/batch"


@pytest.fixture
def client(api, alice):
    simulate_token_purchase(alice.pk, "starter")
    return api(alice)


def send(client, *spends, **headers):
    return client.post(BATCH, {"spends": [*spends]}, format="json", **headers)


def analysis(**more):
    return {"action": "ai_analysis", **more}


def test_all_are_charged_in_their_order(client, alice):
    imports = {"action": "import_domain", "quantity": 3, "metadata": {"file": "a"}}
    answer = send(client, analysis(), imports)
    usages = list(TokenUsage.objects.order_by("number"))
    assert answer.status_code == 200
    assert answer.json() == {"success": True, "spent": 8, "balance": 92, "ids": [usage.pk for usage in usages]}
    assert [(usage.action, usage.quantity, usage.metadata, usage.tokens_spent) for usage in usages] == [
        ("ai_analysis", 1, {}, 5),
        ("import_domain", 3, {"file": "a"}, 3),
    ]
    assert usages[0].api_key == usages[1].api_key is not None
    assert_books_are_right()


def test_none_is_charged_where_the_balance_covers_not_all(client):
    answer = send(client, analysis(quantity=10), analysis(quantity=11))
    assert (answer.status_code, answer.json()["required"], answer.json()["shortfall"]) == (402, 105, 5)
    assert not TokenUsage.objects.exists()


def test_the_whole_call_with_a_key_is_answered_again(client, alice):
    body = [analysis(), {"action": "import_domain", "quantity": 2}]
    first = send(client, *body, HTTP_IDEMPOTENCY_KEY="k")
    spend(alice, "import_domain")
    again = send(client, *body, HTTP_IDEMPOTENCY_KEY="k")
    assert again.json() == first.json()
    assert (first.has_header("Idempotent-Replayed"), again["Idempotent-Replayed"]) == (False, "true")
    assert send(client, *body[::-1], HTTP_IDEMPOTENCY_KEY="k").status_code == 422
    assert send(client, body[0], HTTP_IDEMPOTENCY_KEY="k").status_code == 422
    assert get_token_balance(alice.pk) == 92
    assert_books_are_right()


def test_spends_with_keys_of_their_own_are_charged_once_each(client, alice):
    first = send(client, analysis(key="a"), analysis(key="b", quantity=2)).json()
    mixed = send(client, analysis(key="b", quantity=2), analysis(key="c"), analysis(key="a"))
    assert mixed.json()["ids"][::2] == first["ids"][::-1]
    assert (mixed.json()["spent"], mixed.json()["balance"]) == (20, 80)
    assert not mixed.has_header("Idempotent-Replayed")
    again = send(client, analysis(key="a"), analysis(key="b", quantity=2))
    assert (again.json(), again["Idempotent-Replayed"]) == (first, "true")
    assert TokenUsage.objects.count() == 3
    assert_books_are_right()


def test_a_key_is_the_same_alone_and_in_a_batch(client, alice):
    alone = client.post("/api/tokens/spend", analysis(), format="json", HTTP_IDEMPOTENCY_KEY="a").json()
    assert send(client, analysis(key="a"), analysis(key="b")).json()["ids"][0] == alone["id"]
    replayed = client.post("/api/tokens/spend", analysis(), format="json", HTTP_IDEMPOTENCY_KEY="b")
    assert replayed["Idempotent-Replayed"] == "true"
    assert get_token_balance(alice.pk) == 90


def test_what_is_required_is_that_of_the_new_ones(client, alice):
    send(client, analysis(key="a", quantity=10))
    answer = send(client, analysis(key="a", quantity=10), analysis(key="b", quantity=11))
    assert (answer.status_code, answer.json()["required"], answer.json()["shortfall"]) == (402, 55, 5)
    assert TokenUsage.objects.count() == 1
    assert send(client, analysis(key="a", quantity=10), analysis(key="b", quantity=10)).status_code == 200
    assert get_token_balance(alice.pk) == 0


@pytest.mark.parametrize(
    ("spends", "status", "says"),
    [
        ([], 400, "spends"),
        ("many", 400, "Must be a JSON array."),
        ([analysis(key="a"), analysis()], 400, "Give each spend a key, or none of them."),
        ([analysis(key="")], 400, "key"),
        ([analysis(key="é")], 400, "visible ASCII"),
        ([analysis(key="a" * 256)], 400, "key"),
        ([analysis(key=7)], 400, "string"),
        ([analysis(quantity=0)], 400, "quantity"),
        ([analysis(colour="red")], 400, "Unknown field"),
        ([{"action": "fly"}], 400, "Unknown action"),
        ([{"action": "fly", "key": "a"}], 400, "Unknown action"),
        ([analysis()] * 501, 400, "500"),
        ([analysis(key="a"), analysis(key="a")], 422, "same key"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_nonsense_is_refused_in_a_sentence_and_nothing_is_charged(client, spends, status, says):
    answer = client.post(BATCH, {"spends": spends}, format="json")
    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.json()
    assert not TokenUsage.objects.exists()


def test_a_key_for_the_call_and_for_each_is_refused(client):
    answer = send(client, analysis(key="a"), HTTP_IDEMPOTENCY_KEY="k")
    assert (answer.status_code, "not both" in answer.json()["detail"]) == (400, True)


def test_a_key_that_was_used_for_something_else_is_refused_and_nothing_is_charged(client):
    send(client, analysis(key="a"))
    assert send(client, analysis(key="b"), analysis(key="a", quantity=2)).status_code == 422
    assert TokenUsage.objects.count() == 1


def test_five_hundred_are_one_call(client, alice):
    answer = send(client, *[{"action": "import_domain", "metadata": {"n": n}, "key": f"{n}"} for n in range(100)])
    assert answer.json()["balance"] == 0
    simulate_token_purchase(alice.pk, "pro")
    assert send(client, *[{"action": "import_domain"}] * 500).json()["balance"] == 0
    assert_books_are_right()


def test_a_limit_counts_the_whole_batch(client, alice):
    set_limits(alice.pk, {"day": 9}, is_proven=False)
    for keys in ({}, {"key": "a"}), ({"key": "a"}, {"key": "b"}):
        if len(keys[0]) == len(keys[1]):
            answer = send(client, *[analysis(**key) for key in keys])
            assert answer.json()["type"] == problem_type("limit-reached")
    assert send(client, analysis(), analysis()).status_code == 402
    assert send(client, analysis(), {"action": "import_domain", "quantity": 4}).status_code == 200


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_batches_that_share_keys_at_once_charge_each_once(alice):
    simulate_token_purchase(alice.pk, "pro")

    def work(number):
        keys = [f"{(number + step) % 6}" for step in range(4)]
        return spend_batch(alice.pk, [Item("ai_analysis", key=key) for key in keys]).usages

    outcomes = at_once(work)
    assert [len(usages) for usages in outcomes] == [4] * 8
    assert len({usage.pk for usages in outcomes for usage in usages}) == TokenUsage.objects.count() == 6
    assert get_token_balance(alice.pk) == 500 - 6 * 5
    assert_books_are_right()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_batches_at_once_take_no_more_than_there_is(alice):
    simulate_token_purchase(alice.pk, "starter")

    def work(number):
        try:
            return len(spend_batch(alice.pk, [Item("ai_analysis", key=f"{number} {n}") for n in range(6)]).usages)
        except InsufficientTokens:
            return 0

    assert sorted(at_once(work)) == [0] * 5 + [6] * 3
    assert_books_are_right()
