"""Spends on many actions at once."""

from typing import Any

import pytest
from django.db import DataError, connection, transaction

from tokens.catalog import get_catalog
from tokens.errors import InsufficientTokens, KeyReused, UnknownAction
from tokens.ledger.wallet import get_token_balance
from tokens.models import ActionCost, LedgerEntry, TokenUsage, UsageTotal
from tokens.spending.spends import spend, spend_many
from tokens.testing.all_rows import rows_of
from tokens.testing.ledger_rows import assert_books_are_right, entries_of, make_lot, post, remaining_of
from tokens.testing.watching import watched

pytestmark = pytest.mark.django_db
WEEK: list[tuple[str, dict[str, Any]]] = [
    ("import_domain", {"domain": "müller.example"}),
    ("ai_analysis", {"deep": [1, {"er": None}]}),
    ("csv_import", {}),
]


def totals_of(user):
    return {total.action: (total.tokens, total.count) for total in UsageTotal.objects.filter(user=user)}


def columns_of(usage):
    columns = {field.attname: getattr(usage, field.attname) for field in TokenUsage._meta.concrete_fields}
    return {name: bytes(value) if isinstance(value, memoryview) else value for name, value in columns.items()}


def test_many_spends_are_written_in_order_and_the_balance_runs_down_item_by_item(alice):
    make_lot(alice, tokens=100, paid_cents=1000)
    usages = spend_many(alice, [*WEEK, ("import_domain", {"domain": "b.example"})], idempotency_key="k")
    kept = TokenUsage.objects.filter(user=alice).order_by("pk")
    assert [columns_of(usage) for usage in usages] == [columns_of(usage) for usage in kept]
    for told in (usages, kept):
        assert [(usage.action, usage.tokens_spent, usage.balance_after, usage.metadata) for usage in told] == [
            ("import_domain", 1, 99, {"domain": "müller.example"}),
            ("ai_analysis", 5, 94, {"deep": [1, {"er": None}]}),
            ("csv_import", 2, 92, {}),
            ("import_domain", 1, 91, {"domain": "b.example"}),
        ]
    assert entries_of(alice) == [("credit", 100, 100), ("spend", -9, None)]
    assert totals_of(alice) == {"import_domain": (2, 2), "ai_analysis": (5, 1), "csv_import": (2, 1)}
    assert get_token_balance(alice.pk) == 91
    assert_books_are_right()


def test_all_items_are_worth_what_they_took_of_what_was_paid(alice):
    make_lot(alice, tokens=7, paid_cents=100)
    spend_many(alice, [("csv_import", {}), ("import_domain", {}), ("csv_import", {})])
    post(alice)
    assert LedgerEntry.objects.get(kind="spend").worth_cents == -29 - 14 - 29
    assert_books_are_right()


def test_many_spends_cross_lots_where_the_tokens_run_out(alice):
    for tokens in (4, 3, 9):
        make_lot(alice, tokens=tokens)
    spend_many(alice, [("csv_import", {}), ("ai_analysis", {}), ("csv_import", {})])
    assert entries_of(alice)[3:] == [("spend", -4, None), ("spend", -3, None), ("spend", -2, None)]
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
    assert [(usage.number, usage.batch_size, bool(usage.key_digest)) for usage in again] == [
        (1, 3, True),
        (2, 1, False),
        (3, 1, False),
    ]


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


def test_nothing_to_spend_on_is_no_spend(alice):
    make_lot(alice, tokens=100)
    rows = rows_of(alice)
    with watched() as statements:
        assert spend_many(alice, [], idempotency_key="k") == []
    assert (rows_of(alice), statements) == (rows, [])


@pytest.mark.parametrize("key", [None, "k"])
def test_fifty_items_take_as_many_statements_as_one(alice, key):
    """Inside a caller's transaction, which reads the prices first; and for a key the wallet and the usage."""
    make_lot(alice, tokens=100)
    taken = []
    for number in (1, 3, 50):
        with watched() as statements:
            spend_many(alice, [("import_domain", {})] * number, idempotency_key=key and f"{key}{number}")
        taken.append(len(statements))
    assert {*taken} == {2 + 2 * bool(key) if connection.vendor == "postgresql" else 3 + 2 * bool(key)}


def test_thousands_are_written_in_one_call(alice):
    make_lot(alice, tokens=2500)
    usages = spend_many(alice, [("import_domain", {"n": n}) for n in range(2500)], idempotency_key="k")
    assert [usage.balance_after for usage in usages] == list(range(2499, -1, -1))
    assert [usage.number for usage in usages] == list(range(1, 2501))
    kept = TokenUsage.objects.order_by("number").values_list("pk", "metadata__n")
    assert list(kept) == [(usage.pk, n) for n, usage in enumerate(usages)]
    assert remaining_of(alice) == [0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", [None, "k"])
def test_many_are_one_statement_outside_a_transaction(alice, key):
    make_lot(alice, tokens=100)
    get_catalog()
    with watched() as statements:
        spend_many(alice, WEEK, idempotency_key=key)
    assert len(statements) == 1
    assert get_token_balance(alice.pk) == 92


@pytest.mark.postgres
@pytest.mark.parametrize("bad", [{"nul": "\0"}, {"half of a pair": "\ud800"}])
def test_what_cannot_be_kept_is_an_error_after_an_unknown_action_and_spends_none(alice, bad):
    make_lot(alice, tokens=100)
    rows = rows_of(alice)
    for action, metadata in (("fly", bad), ("fly\0", {})):
        with pytest.raises(UnknownAction):
            spend_many(alice, [(action, metadata)])
    with pytest.raises((DataError, UnicodeError)), transaction.atomic():
        spend_many(alice, [("import_domain", {}), ("import_domain", bad)])
    assert rows_of(alice) == rows


def test_items_without_metadata_are_kept_with_none(alice):
    make_lot(alice, tokens=100)
    assert [usage.metadata for usage in spend_many(alice, [("import_domain", None)])] == [{}]
    assert TokenUsage.objects.get().metadata == {}
