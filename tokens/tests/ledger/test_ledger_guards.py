"""What the database itself refuses, and what the audit finds if it is got round."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from tokens.errors import BooksDisagree
from tokens.ledger import writer
from tokens.models import (
    Grant,
    LedgerEntry,
    Lot,
    Purchase,
    PurchaseTotal,
    Refund,
    Reversal,
    TokenUsage,
    UsageTotal,
    Wallet,
)
from tokens.purchases.reversals import follow_the_money
from tokens.reports.audit import audit
from tokens.spending.holds import hold
from tokens.spending.spends import spend
from tokens.staff.grants import grant
from tokens.testing.ledger_rows import buy

pytestmark = pytest.mark.django_db


@pytest.fixture
def purchase(alice):
    purchase = buy(alice.pk, "pro")
    spend(alice, "ai_analysis")
    return purchase


def test_an_entry_cannot_be_changed(purchase):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        LedgerEntry.objects.update(tokens=1)
    assert list(LedgerEntry.objects.order_by("id").values_list("tokens", flat=True)) == [500, -5]


def test_an_entry_cannot_be_deleted(purchase):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_entries")
    assert LedgerEntry.objects.count() == 2


def test_a_purchase_cannot_be_credited_twice(alice, purchase):
    wallet = writer.lock_wallet(alice.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        writer.credit_purchase(wallet, purchase, paid_cents=4000)
    assert Lot.objects.count() == 1


def test_a_second_credit_into_another_lot_is_refused_too(alice, bob, purchase):
    other = buy(alice.pk, "starter").lot
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntry.objects.create(
            wallet_id=alice.pk, lot=other, kind="credit", tokens=500, balance_after=1095, purchase=purchase
        )


def test_a_second_spend_entry_of_the_same_usage_and_lot_is_refused(alice, purchase):
    usage = TokenUsage.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntry.objects.create(
            wallet_id=alice.pk, lot=purchase.lot, kind="spend", tokens=-5, balance_after=490, usage=usage
        )


@pytest.mark.breaks_the_books
def test_a_balance_that_its_lots_do_not_cover_is_not_spent(alice, purchase):
    Lot.objects.update(remaining=3)
    with pytest.raises(BooksDisagree):
        spend(alice, "ai_analysis")
    assert LedgerEntry.objects.count() == 2


def test_a_balance_without_debt_cannot_go_below_zero(purchase):
    with pytest.raises(IntegrityError), transaction.atomic():
        Wallet.objects.update(balance=-1)


@pytest.mark.parametrize("wrong", [{"completed_at": None}, {"paid_cents": None}, {"status": "failed"}])
def test_a_purchase_says_when_and_what_was_paid_if_it_was_and_only_then(purchase, wrong):
    with pytest.raises(IntegrityError, match="purchase_paid_says_when_and_what"), transaction.atomic():
        Purchase.objects.update(**wrong)


def test_the_audit_of_right_books_finds_nothing(purchase):
    assert audit() == []


@pytest.mark.breaks_the_books
def test_the_audit_finds_a_wrong_balance(alice, purchase):
    Wallet.objects.update(balance=1000)
    assert audit() == [f"Wallet of user {alice.pk}: balance 1000, entries sum to 495, lots to 495."]


@pytest.mark.breaks_the_books
def test_the_audit_finds_a_wrong_lot(alice, purchase):
    Lot.objects.update(remaining=400)
    assert audit() == [
        f"Wallet of user {alice.pk}: balance 495, entries sum to 495, lots to 400.",
        f"Lot {purchase.lot.pk}: 400 remain, its entries sum to 495.",
    ]


@pytest.mark.breaks_the_books
def test_the_audit_finds_a_wrong_cached_part(alice, purchase):
    Wallet.objects.update(held=3)
    assert audit() == [f"Wallet of user {alice.pk}: held 3, frozen 0, debt 0, but the rows say 0, 0, 0."]


@pytest.mark.breaks_the_books
def test_the_audit_finds_a_credit_of_an_unpaid_purchase(purchase):
    Purchase.objects.update(status="failed", completed_at=None)
    assert audit() == [
        f"Purchase {purchase.pk} (failed, 500 tokens): credited 1 times, 500 tokens.",
        f"User {purchase.user_id}, 1 purchase: 500 tokens, 4000 usd, but the purchases come to 0: 0 tokens, 0 usd.",
    ]


@pytest.mark.breaks_the_books
def test_the_audit_finds_a_paid_purchase_without_its_credit(alice, purchase):
    other = Purchase.objects.create(
        user=alice,
        type="tokens",
        description="never credited",
        tokens=7,
        amount_cents=70,
        currency="usd",
        status="completed",
        completed_at=purchase.completed_at,
        paid_cents=70,
    )
    assert audit() == [
        f"Purchase {other.pk} (completed, 7 tokens): credited 0 times, 0 tokens.",
        f"User {alice.pk}, 1 purchase: 500 tokens, 4000 usd, but the purchases come to 2: 507 tokens, 4070 usd.",
    ]


@pytest.mark.breaks_the_books
def test_the_audit_finds_a_spend_that_differs_from_its_entries(purchase):
    TokenUsage.objects.update(tokens_spent=6)
    usage = TokenUsage.objects.get()
    assert audit() == [
        f"Usage {usage.pk}: 6 tokens spent, its entries sum to -5.",
        f"User {usage.user_id}, ai_analysis: 5 tokens in 1, but the usages come to 6 in 1.",
    ]


@pytest.mark.breaks_the_books
@pytest.mark.parametrize(
    ("spoil", "finding"),
    [
        (lambda: UsageTotal.objects.update(tokens=6), "ai_analysis: 6 tokens in 1, but the usages come to 5 in 1."),
        (lambda: UsageTotal.objects.update(count=2), "ai_analysis: 5 tokens in 2, but the usages come to 5 in 1."),
        (lambda: UsageTotal.objects.all().delete(), "is in no running total."),
        (lambda: PurchaseTotal.objects.update(purchases=2), "but the purchases come to 1: 500 tokens, 4000 usd."),
        (lambda: PurchaseTotal.objects.update(tokens=2), "but the purchases come to 1: 500 tokens, 4000 usd."),
        (lambda: PurchaseTotal.objects.update(cents=2), "but the purchases come to 1: 500 tokens, 4000 usd."),
        (lambda: PurchaseTotal.objects.all().delete(), "is in no running total."),
        (
            lambda: (Purchase.objects.update(reversed_cents=1), PurchaseTotal.objects.update(cents=3999)),
            "it says 1 cents went back, its rows 0.",
        ),
    ],
)
def test_the_audit_finds_a_running_total_that_is_wrong(purchase, spoil, finding):
    spoil()
    (found,) = audit()
    assert found.endswith(finding)


@pytest.mark.breaks_the_books
def test_the_audit_finds_a_broken_running_balance(alice, purchase):
    usage = TokenUsage.objects.create(user=alice, action="import_domain", tokens_spent=1, balance_after=494)
    entry = LedgerEntry.objects.create(
        wallet_id=alice.pk, lot=purchase.lot, kind="spend", tokens=-1, balance_after=77, usage=usage
    )
    assert f"Entry {entry.pk}: balance_after 77, entries so far sum to 494." in audit()


@pytest.mark.breaks_the_books
def test_the_audit_finds_an_expiry_that_the_wallet_does_not_expect(alice, purchase):
    usage = hold(alice, "ai_analysis")
    Wallet.objects.update(due_at=None)
    assert audit() == [f"Hold {usage.pk} expires at {usage.expires_at}, which its wallet does not expect."]


@pytest.fixture
def users(alice, bob, purchase):
    """(alice's id, bob's id), each with a wallet; `purchase` is alice's."""
    buy(bob.pk, "starter")
    return alice.pk, bob.pk


@pytest.mark.breaks_the_books
def test_the_audit_finds_a_purchase_that_credited_somebody_else(users, purchase):
    mine, other = users
    Purchase.objects.filter(pk=purchase.pk).update(user=other)
    entry = LedgerEntry.objects.get(purchase=purchase)
    assert audit()[-2:] == [  # the running totals are wrong as well
        f"Entry {entry.pk} is in the wallet of user {mine}, but its lot is of user {mine}, "
        f"its other lot of user {mine}, its cause of user {other}.",
        f"Lot {purchase.lot.pk} is in the wallet of user {mine}, but came from user {other}.",
    ]


@pytest.mark.breaks_the_books
def test_the_audit_finds_a_usage_that_somebody_else_paid_for(users, purchase):
    mine, other = users
    TokenUsage.objects.update(user=other)
    entry = LedgerEntry.objects.get(kind="spend")
    assert audit()[-1:] == [  # the running totals are wrong as well
        f"Entry {entry.pk} is in the wallet of user {mine}, but its lot is of user {mine}, "
        f"its other lot of user {mine}, its cause of user {other}."
    ]


@pytest.mark.breaks_the_books
def test_the_audit_finds_a_grant_that_somebody_else_got(alice, users):
    mine, other = users
    given = grant(alice, tokens=7, reason="sorry", by=None)
    Grant.objects.update(user=other)
    entry = LedgerEntry.objects.get(grant=given)
    assert audit() == [
        f"Entry {entry.pk} is in the wallet of user {mine}, but its lot is of user {mine}, "
        f"its other lot of user {mine}, its cause of user {other}.",
        f"Lot {given.lot.pk} is in the wallet of user {mine}, but came from user {other}.",
    ]


@pytest.mark.breaks_the_books
def test_the_audit_finds_a_reversal_that_took_from_somebody_else(users, purchase):
    mine, other = users
    Refund.objects.create(user_id=mine, purchase=purchase, amount_cents=400, source="staff")
    follow_the_money(purchase)
    Reversal.objects.update(user=other)
    reversal = Reversal.objects.get()
    entry = LedgerEntry.objects.get(reversal=reversal)
    assert audit() == [
        f"Entry {entry.pk} is in the wallet of user {mine}, but its lot is of user {mine}, "
        f"its other lot of user {mine}, its cause of user {other}.",
        f"Reversal {reversal.pk} is of user {other}, its purchase of user {mine}.",
    ]


@pytest.mark.breaks_the_books
def test_the_audit_finds_an_entry_of_somebody_elses_lot(users, purchase):
    mine, other = users
    usage = TokenUsage.objects.create(user_id=mine, action="import_domain", tokens_spent=1, balance_after=494)
    entry = LedgerEntry.objects.create(
        wallet_id=mine, lot=Lot.objects.get(wallet=other), kind="spend", tokens=-1, balance_after=494, usage=usage
    )
    assert (
        f"Entry {entry.pk} is in the wallet of user {mine}, but its lot is of user {other}, "
        f"its other lot of user {mine}, its cause of user {mine}."
    ) in audit()


@pytest.mark.breaks_the_books
def test_the_audit_finds_a_repayment_by_somebody_elses_lot(users, purchase):
    mine, other = users
    usage = TokenUsage.objects.create(user_id=mine, action="import_domain", tokens_spent=1, balance_after=494)
    entry = LedgerEntry.objects.create(
        wallet_id=mine,
        lot=purchase.lot,
        counter_lot=Lot.objects.get(wallet=other),
        kind="repay",
        tokens=-1,
        balance_after=494,
        usage=usage,
    )
    assert (
        f"Entry {entry.pk} is in the wallet of user {mine}, but its lot is of user {mine}, "
        f"its other lot of user {other}, its cause of user {mine}."
    ) in audit()
