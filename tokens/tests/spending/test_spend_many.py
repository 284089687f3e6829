"""Spends on many actions at once."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tokens.errors import InsufficientTokens, KeyReused, UnknownAction
from tokens.ledger.wallet import get_token_balance
from tokens.models import ActionCost, IdempotencyKey, TokenUsage, UsageTotal
from tokens.spending.spends import spend, spend_many
from tokens.testing.all_rows import rows_of
from tokens.testing.ledger_rows import assert_books_are_right, entries_of, make_lot, remaining_of

pytestmark = pytest.mark.django_db
WEEK: list[tuple[str, dict[str, Any]]] = [
    ("import_domain", {"domain": "müller.example"}),
    ("ai_analysis", {"deep": [1, {"er": None}]}),
    ("csv_import", {}),
]


def totals_of(user):
    return {total.action: (total.tokens, total.count) for total in UsageTotal.objects.filter(user=user)}


def test_many_spends_are_written_in_order_and_the_balance_runs_down_item_by_item(alice):
    make_lot(alice, tokens=100, paid_cents=1000)
    usages = spend_many(alice, [*WEEK, ("import_domain", {"domain": "b.example"})])
    kept = TokenUsage.objects.filter(user=alice).order_by("pk")
    assert [usage.pk for usage in usages] == [usage.pk for usage in kept]
    for told in (usages, kept):
        assert [(usage.action, usage.tokens_spent, usage.balance_after, usage.metadata) for usage in told] == [
            ("import_domain", 1, 99, {"domain": "müller.example"}),
            ("ai_analysis", 5, 94, {"deep": [1, {"er": None}]}),
            ("csv_import", 2, 92, {}),
            ("import_domain", 1, 91, {"domain": "b.example"}),
        ]
    assert entries_of(alice) == [
        ("credit", 100, 100),
        ("spend", -1, 99),
        ("spend", -5, 94),
        ("spend", -2, 92),
        ("spend", -1, 91),
    ]
    assert totals_of(alice) == {"import_domain": (2, 2), "ai_analysis": (5, 1), "csv_import": (2, 1)}
    assert get_token_balance(alice.pk) == 91
    assert_books_are_right()


def test_each_item_is_worth_what_it_took_of_what_was_paid(alice):
    make_lot(alice, tokens=7, paid_cents=100)
    usages = spend_many(alice, [("csv_import", {}), ("import_domain", {}), ("csv_import", {})])
    assert [usage.entries.get().worth_cents for usage in usages] == [-29, -14, -29]
    assert_books_are_right()


def test_many_spends_cross_lots_where_the_tokens_run_out(alice):
    for tokens in (4, 3, 9):
        make_lot(alice, tokens=tokens)
    usages = spend_many(alice, [("csv_import", {}), ("ai_analysis", {}), ("csv_import", {})])
    assert [list(usage.entries.order_by("pk").values_list("tokens", flat=True)) for usage in usages] == [
        [-2],
        [-2, -3],
        [-2],
    ]
    assert remaining_of(alice) == [0, 0, 7]
    assert_books_are_right()


def test_the_last_token_can_be_spent_with_others(alice):
    make_lot(alice, tokens=8)
    assert [usage.balance_after for usage in spend_many(alice, WEEK)] == [7, 2, 0]


def test_the_same_key_and_request_return_the_first_usages_and_spend_nothing(alice):
    make_lot(alice, tokens=100)
    first = spend_many(alice, WEEK, idempotency_key="k")
    spend(alice, "data_export")
    rows = rows_of(alice)
    again = spend_many(alice.pk, [(action, dict(metadata)) for action, metadata in WEEK], idempotency_key="k")
    assert [(usage.pk, usage.balance_after) for usage in again] == [(usage.pk, usage.balance_after) for usage in first]
    assert rows_of(alice) == rows
    assert IdempotencyKey.objects.get().answer == [usage.pk for usage in first]


def test_the_same_key_with_another_request_is_an_error_and_spends_nothing(alice):
    make_lot(alice, tokens=100)
    spend_many(alice, WEEK, idempotency_key="k")
    rows = rows_of(alice)
    for other in (WEEK[:2], WEEK[::-1], [*WEEK, ("import_domain", {})]):
        with pytest.raises(KeyReused):
            spend_many(alice, other, idempotency_key="k")
    with pytest.raises(KeyReused):
        spend(alice, WEEK[0][0], metadata=WEEK[0][1], idempotency_key="k")
    assert rows_of(alice) == rows


def test_too_few_tokens_for_all_spend_none(alice):
    make_lot(alice, tokens=7)
    rows = rows_of(alice)
    with pytest.raises(InsufficientTokens) as refused:
        spend_many(alice, WEEK, idempotency_key="k")
    assert (refused.value.required, refused.value.available, refused.value.shortfall) == (8, 7, 1)
    assert rows_of(alice) == rows


def test_an_unknown_action_among_others_spends_none(alice):
    make_lot(alice, tokens=100)
    rows = rows_of(alice)
    with pytest.raises(UnknownAction, match="“fly”"):
        spend_many(alice, [WEEK[0], ("fly", {}), WEEK[1]], idempotency_key="k")
    assert rows_of(alice) == rows


def test_a_key_is_free_again_after_a_refusal_of_many(alice):
    with pytest.raises(InsufficientTokens):
        spend_many(alice, WEEK, idempotency_key="k")
    make_lot(alice, tokens=100)
    assert spend_many(alice, WEEK[:1], idempotency_key="k")[0].balance_after == 99


def test_more_tokens_than_an_integer_holds_are_refused_like_any_others(alice):
    make_lot(alice, tokens=100)
    ActionCost.objects.filter(key="data_export").update(tokens=2**31 - 1)
    with pytest.raises(InsufficientTokens) as refused:
        spend_many(alice, [("data_export", {})] * 3)
    assert refused.value.required == 3 * (2**31 - 1)


def test_nothing_to_spend_on_is_no_spend(alice, django_assert_num_queries):
    make_lot(alice, tokens=100)
    rows = rows_of(alice)
    with django_assert_num_queries(0):
        assert spend_many(alice, [], idempotency_key="k") == []
    assert rows_of(alice) == rows


@pytest.mark.parametrize("key", [None, "k"])
def test_fifty_items_take_as_many_statements_as_one(alice, key):
    make_lot(alice, tokens=100)
    taken = []
    for number in (1, 3, 50):
        with CaptureQueriesContext(connection) as statements:
            spend_many(alice, [("import_domain", {})] * number, idempotency_key=key and f"{key}{number}")
        taken.append(len(statements))
    assert len(set(taken)) == 1


@pytest.mark.parametrize("bad", [{"nul": "\0"}, {"half of a pair": "\ud800"}])
def test_what_cannot_be_kept_is_no_error_before_its_turn(alice, bad):
    for action, metadata in (("fly", bad), ("fly\0", {})):
        with pytest.raises(UnknownAction):
            spend_many(alice, [(action, metadata)])
    with pytest.raises(InsufficientTokens):
        spend_many(alice, [("import_domain", bad)])


def test_items_without_metadata_are_kept_with_none(alice):
    make_lot(alice, tokens=100)
    assert [usage.metadata for usage in spend_many(alice, [("import_domain", None)])] == [{}]
    assert TokenUsage.objects.get().metadata == {}
