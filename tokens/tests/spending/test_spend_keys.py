"""A spend's idempotency key is on its usage: who asks again is answered before anything else is looked at."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from tokens.errors import InsufficientTokens, KeyReused, SpendingStopped, TooManySpends, UnknownAction
from tokens.ledger.rates import Rate
from tokens.ledger.wallet import allow_spending, get_token_balance, lock_wallet, stop_spending
from tokens.models import ActionCost, IdempotencyKey, TokenUsage
from tokens.spending.holds import hold, release
from tokens.spending.spends import spend, spend_many, spend_once
from tokens.testing.all_rows import rows_of
from tokens.testing.ledger_rows import assert_books_are_right, make_lot, post
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db
OUTSIDE = pytest.param(False, marks=pytest.mark.django_db(transaction=True), id="outside a transaction")
INSIDE = pytest.param(True, id="inside a transaction")


@transaction.atomic
def stop(user):
    stop_spending(lock_wallet(user.pk), at=timezone.now())


def spend_all(user):
    spend(user, "data_export")


def dear(user):
    ActionCost.objects.filter(key="ai_analysis").update(tokens=50)


def gone(user):
    ActionCost.objects.filter(key="ai_analysis").delete()


@pytest.mark.parametrize("is_inside", [OUTSIDE, INSIDE])
@pytest.mark.parametrize(
    ("meanwhile", "of_a_new_key"),
    [(stop, SpendingStopped), (spend_all, InsufficientTokens), (dear, InsufficientTokens), (gone, UnknownAction)],
)
def test_a_replay_is_answered_whatever_has_become_of_wallet_and_price(alice, is_inside, meanwhile, of_a_new_key):
    make_lot(alice, tokens=15, paid_cents=100)
    first = spend(alice, "ai_analysis", idempotency_key="k")
    meanwhile(alice)
    post(alice)
    rows = rows_of(alice)
    again = spend_once(alice.pk, "ai_analysis", key="k")
    assert (again.is_replay, again.usage.pk, again.usage.balance_after) == (True, first.pk, 10)
    with pytest.raises(KeyReused):
        spend(alice, "csv_import", idempotency_key="k")
    with pytest.raises(KeyReused):
        spend(alice, "fly", idempotency_key="k")
    with pytest.raises(of_a_new_key):
        spend(alice, "ai_analysis", idempotency_key="new")
    assert rows_of(alice) == rows
    assert_books_are_right()


@pytest.mark.parametrize("is_inside", [OUTSIDE, INSIDE])
def test_a_replay_is_answered_when_the_rate_is_used_up(alice, is_inside):
    rate = Rate(takes=timedelta(hours=1), ahead=timedelta())
    make_lot(alice, tokens=100)
    first = spend_once(alice.pk, "ai_analysis", key="k", rate=rate)
    assert spend_once(alice.pk, "ai_analysis", key="k", rate=rate).usage.pk == first.usage.pk
    with pytest.raises(TooManySpends):
        spend_once(alice.pk, "ai_analysis", key="new", rate=rate)


@pytest.mark.parametrize("is_inside", [OUTSIDE, INSIDE])
def test_a_key_of_a_refused_spend_is_free_again(alice, is_inside):
    make_lot(alice, tokens=10)
    stop(alice)
    with pytest.raises(SpendingStopped):
        spend(alice, "csv_import", idempotency_key="k")
    with transaction.atomic():
        allow_spending(lock_wallet(alice.pk))
    assert spend(alice, "ai_analysis", idempotency_key="k").balance_after == 5


@pytest.mark.parametrize("is_inside", [OUTSIDE, INSIDE])
def test_a_spend_and_a_hold_may_have_the_same_key(alice, is_inside):
    make_lot(alice, tokens=100)
    spent = spend(alice, "ai_analysis", idempotency_key="k")
    held = hold(alice, "ai_analysis", idempotency_key="k")
    assert spend(alice, "ai_analysis", idempotency_key="k").pk == spent.pk != held.pk
    assert hold(alice, "ai_analysis", idempotency_key="k").pk == held.pk
    release(held)
    assert get_token_balance(alice.pk) == 95
    assert IdempotencyKey.objects.count() == 1


@pytest.mark.parametrize("is_inside", [OUTSIDE, INSIDE])
def test_a_key_of_one_spend_is_none_of_many_and_of_another_quantity(alice, is_inside):
    make_lot(alice, tokens=100)
    spend(alice, "csv_import", idempotency_key="one")
    spend(alice, "csv_import", quantity=2, idempotency_key="two")
    spend_many(alice, [("csv_import", {})], idempotency_key="many")
    with pytest.raises(KeyReused):
        spend_many(alice, [("csv_import", {})], idempotency_key="one")
    with pytest.raises(KeyReused):
        spend(alice, "csv_import", idempotency_key="many")
    with pytest.raises(KeyReused):
        spend(alice, "csv_import", idempotency_key="two")
    assert spend(alice, "csv_import", quantity=2, idempotency_key="two").tokens_spent == 4
    assert get_token_balance(alice.pk) == 92


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_inside", [False, True, None], ids=["outside", "inside", "half of them"])
def test_twins_with_one_key_are_one_spend(alice, is_inside):
    make_lot(alice, tokens=100)

    def live(number):
        if is_inside if is_inside is not None else number % 2:
            with transaction.atomic():
                spend(alice.pk, "import_domain")
                return spend(alice.pk, "ai_analysis", idempotency_key="k")
        return spend(alice.pk, "ai_analysis", idempotency_key="k")

    for usage in (outcomes := at_once(live)):
        assert isinstance(usage, TokenUsage), usage
    assert {usage.pk for usage in outcomes} == {TokenUsage.objects.get(action="ai_analysis").pk}
    others = {False: 0, True: 8, None: 4}[is_inside]
    assert get_token_balance(alice.pk) == 100 - 5 - others
    numbers = list(TokenUsage.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, others + 2))
    assert_books_are_right()


@pytest.mark.django_db(transaction=True)
def test_twins_beside_one_that_is_rolled_back_are_one_spend_without_a_gap(alice):
    make_lot(alice, tokens=100)

    def live(number):
        if number % 2:
            return spend(alice.pk, "ai_analysis", idempotency_key="k")
        try:
            with transaction.atomic():
                spend(alice.pk, "ai_analysis", idempotency_key="k")
                raise ZeroDivisionError
        except ZeroDivisionError:
            return None

    assert {type(outcome) for outcome in at_once(live)} == {TokenUsage, type(None)}
    assert TokenUsage.objects.get().number == 1
    assert get_token_balance(alice.pk) == 95
    assert_books_are_right()
