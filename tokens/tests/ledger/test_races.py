"""Two at once, and eight: what a customer must never be able to bring about with a double click."""

import threading

import pytest
from django.contrib.auth import get_user_model
from django.db.models import Sum

from tokens.catalog import get_catalog
from tokens.errors import InsufficientTokens
from tokens.ledger.wallet import get_token_balance
from tokens.models import IdempotencyKey, LedgerEntry, Purchase, TokenUsage, Wallet
from tokens.purchases.lifecycle import Buyer, Item, complete, order, simulate_token_purchase
from tokens.spending.spends import spend
from tokens.testing.ledger_rows import assert_books_are_right, entries_of, post
from tokens.testing.races import at_once
from tokens.webhooks import inbox

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_eight_threads_spend_a_wallet_of_a_thousand_to_exactly_zero(alice):
    simulate_token_purchase(alice.pk, "premium")

    def spend_until_refused(_):
        spent = 0
        while True:
            try:
                spent += spend(alice.pk, "ai_analysis").tokens_spent
            except InsufficientTokens:
                return spent

    outcomes = at_once(spend_until_refused)
    assert sum(outcomes) == 1000
    assert get_token_balance(alice.pk) == 0
    assert TokenUsage.objects.count() == 200
    assert_books_are_right()


def test_eight_spenders_cannot_overspend_the_last_token(alice):
    simulate_token_purchase(alice.pk, "starter")
    for _ in range(9):
        spend(alice, "data_export")
    outcomes = at_once(lambda _: spend(alice.pk, "data_export"))
    assert sum(isinstance(outcome, TokenUsage) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, InsufficientTokens) for outcome in outcomes) == 7
    assert get_token_balance(alice.pk) == 0
    assert_books_are_right()


def test_eight_twins_of_a_spend_all_get_the_first_answer(alice):
    simulate_token_purchase(alice.pk, "starter")
    outcomes = at_once(lambda _: spend(alice.pk, "ai_analysis", idempotency_key="k"))
    assert {(usage.pk, usage.balance_after) for usage in outcomes} == {(TokenUsage.objects.get().pk, 95)}
    assert not IdempotencyKey.objects.exists()  # the usage has its key itself
    assert_books_are_right()


def test_twins_of_the_spend_that_takes_the_last_tokens_are_not_refused(alice):
    simulate_token_purchase(alice.pk, "starter")
    for _ in range(9):
        spend(alice, "data_export")
    outcomes = at_once(lambda _: spend(alice.pk, "data_export", idempotency_key="last"))
    assert [getattr(outcome, "balance_after", outcome) for outcome in outcomes] == [0] * 8


def test_a_purchase_completed_eight_times_at_once_is_credited_once(alice):
    purchase = order(alice.pk, Item.of_package(get_catalog().package("pro")), buyer=Buyer())
    outcomes = at_once(lambda _: complete(purchase, payment_intent="pi_1", paid_cents=4000))
    assert [outcome.status for outcome in outcomes] == ["completed"] * 8
    assert entries_of(alice) == [("credit", 500, 500)]
    assert_books_are_right()


def test_eight_clicks_at_once_are_one_order(alice):
    package = get_catalog().package("pro")
    outcomes = at_once(lambda _: order(alice.pk, Item.of_package(package), buyer=Buyer(origin="http://testserver")))
    assert {outcome.pk for outcome in outcomes} == {Purchase.objects.get().pk}


def test_eight_first_purchases_at_once_share_one_wallet(alice):
    outcomes = at_once(lambda _: simulate_token_purchase(alice.pk, "starter").status)
    assert outcomes == ["completed"] * 8
    assert Wallet.objects.get().balance == 800
    assert_books_are_right()


def test_one_event_delivered_eight_times_at_once_is_worked_once(alice, monkeypatch):
    worked = []
    monkeypatch.setitem(inbox._handlers, "test.event", [(lambda obj: worked.append(threading.get_ident()), None)])
    payload = {"id": "evt_1", "type": "test.event", "livemode": False, "data": {"object": {}}}
    outcomes = at_once(lambda _: inbox.receive(payload).status)
    assert outcomes == ["done"] * 8
    assert len(worked) == 1


def test_spends_and_credits_of_many_users_at_once_leave_every_wallet_right():
    users = [get_user_model().objects.create(username=f"user-{number}") for number in range(4)]

    def live(number):
        user = users[number % 4]
        for _ in range(3):
            simulate_token_purchase(user.pk, "starter")
            for _ in range(10):
                spend(user.pk, "ai_analysis")
        return True

    assert at_once(live) == [True] * 8
    assert sorted(Wallet.objects.values_list("balance", flat=True)) == [300] * 4
    for user in users:
        post(user)
    assert TokenUsage.objects.count() == 8 * 3 * 10
    assert LedgerEntry.objects.filter(kind="credit").count() == 8 * 3
    assert LedgerEntry.objects.filter(kind="spend").aggregate(sum=Sum("tokens")) == {"sum": -8 * 3 * 10 * 5}
    assert_books_are_right()
