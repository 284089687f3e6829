import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DataError, connection, transaction
from django.utils import timezone

from tokens.catalog import get_catalog
from tokens.errors import InsufficientTokens, KeyReused, UnknownAction
from tokens.ledger.wallet import get_token_balance
from tokens.models import ActionCost, LedgerEntry, TokenUsage, Wallet
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.spends import spend, spend_many, spend_tokens
from tokens.testing.all_rows import rows_of
from tokens.testing.ledger_rows import assert_books_are_right, entries_of, make_lot, remaining_of
from tokens.testing.watching import watched

pytestmark = pytest.mark.django_db


def test_a_spend_takes_what_the_action_costs(alice):
    simulate_token_purchase(alice.pk, "starter")
    usage = spend(alice, "ai_analysis", metadata={"domain": "example.com"})
    assert (usage.action, usage.tokens_spent, usage.metadata, usage.status, usage.balance_after) == (
        "ai_analysis",
        5,
        {"domain": "example.com"},
        "spent",
        95,
    )
    assert entries_of(alice) == [("credit", 100, 100), ("spend", -5, None)]
    assert_books_are_right()


def test_the_first_worked_example_leaves_a_hundred(alice):
    simulate_token_purchase(alice.pk, "pro")
    for action, times in (("import_domain", 100), ("ai_analysis", 50), ("data_export", 5)):
        assert all(spend_tokens(alice.pk, action) for _ in range(times))
    assert get_token_balance(alice.pk) == 100
    assert_books_are_right()


def test_too_few_tokens_change_nothing(alice):
    simulate_token_purchase(alice.pk, "starter")
    ActionCost.objects.filter(key="data_export").update(tokens=101)
    with pytest.raises(InsufficientTokens) as refused:
        spend(alice, "data_export")
    assert (refused.value.required, refused.value.balance, refused.value.available, refused.value.shortfall) == (
        101,
        100,
        100,
        1,
    )
    assert entries_of(alice) == [("credit", 100, 100)]
    assert not TokenUsage.objects.exists()


def test_the_last_token_can_be_spent(alice):
    simulate_token_purchase(alice.pk, "starter")
    ActionCost.objects.filter(key="data_export").update(tokens=100)
    assert spend(alice, "data_export").balance_after == 0
    assert spend_tokens(alice.pk, "import_domain") is False


def test_a_user_who_never_had_tokens_has_none_and_gets_no_wallet_by_asking(alice):
    assert get_token_balance(alice.pk) == 0
    assert spend_tokens(alice.pk, "import_domain") is False
    assert not Wallet.objects.exists()


def test_an_unknown_action_is_refused_before_anything_happens(alice):
    with pytest.raises(UnknownAction):
        spend_tokens(alice.pk, "fly")


def test_tokens_burn_by_soonest_expiry_then_free_then_oldest(alice):
    later, sooner = timezone.now() + timedelta(days=60), timezone.now() + timedelta(days=30)
    make_lot(alice, tokens=5, paid_cents=50)
    make_lot(alice, tokens=5, paid_cents=0)
    make_lot(alice, tokens=5, paid_cents=50, expires_at=later)
    make_lot(alice, tokens=5, paid_cents=0, expires_at=sooner)
    make_lot(alice, tokens=5, paid_cents=50)
    order = []
    for _ in range(5):
        before = remaining_of(alice)
        spend(alice, "ai_analysis")
        after = remaining_of(alice)
        order.append(next(number for number, (b, a) in enumerate(zip(before, after, strict=True), 1) if a < b))
    assert order == [4, 3, 2, 1, 5]
    assert_books_are_right()


def test_a_spend_may_cross_lots_and_its_entries_sum_to_it(alice):
    for _ in range(3):
        make_lot(alice, tokens=4)
    spend(alice, "data_export")
    assert entries_of(alice)[3:] == [("spend", -4, None), ("spend", -4, None), ("spend", -2, None)]
    assert remaining_of(alice) == [0, 0, 2]


@pytest.mark.breaks_the_books
def test_frozen_lots_are_not_spent(alice):
    frozen = make_lot(alice, tokens=5)
    make_lot(alice, tokens=5)
    frozen.frozen_at = timezone.now()
    frozen.save(update_fields=["frozen_at"])
    Wallet.objects.filter(pk=alice.pk).update(frozen=5)
    spend(alice, "ai_analysis")
    assert remaining_of(alice) == [5, 0]
    assert spend_tokens(alice.pk, "import_domain") is False


def test_the_same_key_and_request_return_the_first_usage(alice):
    simulate_token_purchase(alice.pk, "starter")
    first = spend(alice, "ai_analysis", metadata={"a": 1, "b": 2}, idempotency_key="k")
    spend(alice, "import_domain")
    again = spend(alice, "ai_analysis", metadata={"b": 2, "a": 1}, idempotency_key="k")
    assert (again.pk, again.balance_after) == (first.pk, 95)
    assert get_token_balance(alice.pk) == 94


def test_the_same_key_with_another_request_is_an_error(alice):
    simulate_token_purchase(alice.pk, "starter")
    spend(alice, "ai_analysis", idempotency_key="k")
    with pytest.raises(KeyReused):
        spend(alice, "ai_analysis", metadata={"other": True}, idempotency_key="k")
    assert get_token_balance(alice.pk) == 95


def test_a_key_is_free_again_after_a_refusal(alice):
    with pytest.raises(InsufficientTokens):
        spend(alice, "ai_analysis", idempotency_key="k")
    simulate_token_purchase(alice.pk, "starter")
    assert spend(alice, "ai_analysis", idempotency_key="k").balance_after == 95


@pytest.mark.parametrize("text", ["", "\\", "\n\t\x7f", "😀 é", "'; --", '"', "{}", "%s %(x)s"])
def test_any_text_is_kept_as_it_is(alice, text):
    make_lot(alice, tokens=100)
    usage = spend(alice, "ai_analysis", metadata={text: text}, idempotency_key=text)
    usage.refresh_from_db()
    assert usage.metadata == {text: text}
    assert spend(alice, "ai_analysis", metadata={text: text}, idempotency_key=text).pk == usage.pk
    assert [usage.metadata for usage in spend_many(alice, [("csv_import", {text: [text]})] * 2)] == [{text: [text]}] * 2


@pytest.mark.postgres
@pytest.mark.parametrize("key", [None, "k"])
@pytest.mark.parametrize(
    "bad",
    [{"nul": "\0"}, {"half": "\ud800"}, {"not": float("nan")}, {"when": datetime(2026, 1, 1, tzinfo=UTC)}],
    ids=str,
)
def test_metadata_that_cannot_be_kept_changes_nothing(alice, bad, key):
    make_lot(alice, tokens=100)
    rows = rows_of(alice)
    with pytest.raises((DataError, ValueError, TypeError)), transaction.atomic():
        spend(alice, "ai_analysis", metadata=bad, idempotency_key=key)
    assert rows_of(alice) == rows


def test_two_users_may_use_the_same_key(alice, bob):
    for user in (alice, bob):
        simulate_token_purchase(user.pk, "starter")
        assert spend(user, "ai_analysis", idempotency_key="k").balance_after == 95


@pytest.mark.parametrize("key", [None, "k"])
def test_a_spend_takes_few_statements_however_long_the_history(alice, key):
    """Inside a caller's transaction, which reads the price first; and for a key the wallet and the usage."""
    simulate_token_purchase(alice.pk, "starter")
    taken = []
    for number in range(2):
        with watched() as statements:
            spend(alice, "import_domain", idempotency_key=key and f"{key}{number}")
        taken.append(len(statements))
        for _ in range(40):
            simulate_token_purchase(alice.pk, "starter")
        for _ in range(60):
            spend(alice, "data_export")
    assert {*taken} == {2 + 2 * bool(key) if connection.vendor == "postgresql" else 3 + 2 * bool(key)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", [None, "k"])
def test_a_spend_is_one_statement_outside_a_transaction(alice, key):
    simulate_token_purchase(alice.pk, "starter")
    get_catalog()
    with watched() as statements:
        spend(alice, "import_domain", idempotency_key=key)
    assert len(statements) == 1
    assert get_token_balance(alice.pk) == 99


def test_reading_the_balance_is_one_statement_by_primary_key(alice, django_assert_num_queries):
    simulate_token_purchase(alice.pk, "starter")
    with django_assert_num_queries(1) as captured:
        get_token_balance(alice.pk)
    assert re.search(r"FROM wallets WHERE (wallets\.)?user_id =", captured[0]["sql"].replace('"', ""))
    assert LedgerEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("required", "debt", "available", "sentence"),
    [
        (1, 0, 0, "This needs 1 token; you have 0 available, 1 short."),
        (5, 0, 1, "This needs 5 tokens; you have 1 available, 4 short."),
        (1, 495, 0, "This needs 1 token; you owe 495 and have 0 available, 496 short."),
        (10, 1, 0, "This needs 10 tokens; you owe 1 and have 0 available, 11 short."),
    ],
)
def test_a_refusal_counts_what_is_needed_owed_and_there(required, debt, available, sentence):
    refused = InsufficientTokens(required=required, balance=available - debt, available=available, debt=debt)
    assert str(refused) == sentence
