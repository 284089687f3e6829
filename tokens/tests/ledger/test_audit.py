"""What the audit finds where the database's own guards were got round: one fault at a time, each rule at least once."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from tokens.models import (
    DailyTotal,
    Grant,
    LedgerEntry,
    Lot,
    Posting,
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
from tokens.testing.ledger_rows import buy, post
from tokens.testing.planting import plant_entry, plant_usage, unguarded
from tokens.testing.reversal_rows import dispute, refund

pytestmark = [pytest.mark.django_db, pytest.mark.breaks_the_books]


@pytest.fixture
def purchase(alice):
    """500 tokens bought, five of them spent and posted."""
    purchase = buy(alice.pk, "pro")
    spend(alice, "ai_analysis")
    post(alice)
    return purchase


def test_right_books_have_no_findings(purchase):
    assert audit() == []


# --- wallets ---------------------------------------------------------------------------


def test_a_wrong_balance(alice, purchase):
    Wallet.objects.update(balance=1000)
    assert audit() == [
        f"Wallet of user {alice.pk}: balance 1000 (unposted 0, debt 0), but entries sum to 495, lots to 495."
    ]


def test_a_wrong_lot(alice, purchase):
    Lot.objects.update(remaining=400)
    assert audit() == [
        f"Wallet of user {alice.pk}: balance 495 (unposted 0, debt 0), but entries sum to 495, lots to 400.",
        f"Lot {purchase.lot.pk}: 400 remain, its entries sum to 495.",
    ]


def test_a_wrong_part_of_a_wallet(alice, purchase):
    Wallet.objects.update(held=3, frozen=2)
    assert audit() == [f"Wallet of user {alice.pk}: held 3, frozen 2, unposted 0, debt 0, but the rows say 0, 0, 0, 0."]


def test_unposted_tokens_that_are_not_those_of_the_unposted_usages(alice, purchase):
    spend(alice, "csv_import")
    Wallet.objects.update(unposted=3, balance=492)
    assert audit() == [f"Wallet of user {alice.pk}: held 0, frozen 0, unposted 3, debt 0, but the rows say 0, 0, 2, 0."]


def test_a_debt_without_evidence_and_beside_tokens_that_could_repay_it(alice, purchase):
    Wallet.objects.update(debt=7, balance=F("balance") - 7)
    assert audit() == [
        f"Wallet of user {alice.pk}: held 0, frozen 0, unposted 0, debt 7, but the rows say 0, 0, 0, 0.",
        f"Wallet of user {alice.pk} owes 7 tokens, though its balance is 488.",
    ]


def test_a_reversal_that_says_another_debt(alice, purchase):
    for _ in range(49):
        spend(alice, "data_export")
    refund(purchase, 4000)
    assert (Wallet.objects.get().debt, audit()) == (495, [])
    Reversal.objects.update(debt_made=490)
    assert (
        f"Wallet of user {alice.pk}: held 0, frozen 0, unposted 0, debt 495, but the rows say 0, 0, 0, 490." in audit()
    )


def test_a_debt_beside_what_was_unfrozen_without_repaying(alice, purchase):
    other = buy(alice.pk, "starter")
    dispute(other)
    for _ in range(49):
        spend(alice, "data_export")
    refund(purchase, 4000)
    assert audit() == []
    Lot.objects.filter(purchase=other).update(frozen_at=None)
    Wallet.objects.update(frozen=0)
    owes = f"Wallet of user {alice.pk} owes 495 tokens, though its balance is -395."
    assert owes in audit()


def test_an_expiry_that_the_wallet_does_not_expect(alice, purchase):
    usage = hold(alice, "ai_analysis")
    given = grant(alice, tokens=7, reason="a gift", by=None, expires_at=timezone.now() + timedelta(days=1))
    Wallet.objects.update(due_at=None)
    assert audit() == [
        f"Lot {given.lot.pk} expires at {given.expires_at}, which its wallet does not expect.",
        f"Hold {usage.pk} expires at {usage.expires_at}, which its wallet does not expect.",
    ]


# --- usages and their numbers ----------------------------------------------------------


def numbering(user, found):
    return found.startswith(f"Wallet of user {user.pk}: the newest usage is number ")


def test_a_gap_in_the_numbers(alice, purchase):
    Wallet.objects.update(last_number=2, posted_number=2)
    spend(alice, "csv_import")
    (found,) = audit()
    assert numbering(alice, found)
    assert found.endswith("but there are 2 up to 3.")


def test_a_usage_that_the_wallet_does_not_know(alice, purchase):
    plant_usage(alice, number=2)
    assert any(numbering(alice, found) and found.endswith("but there are 2 up to 2.") for found in audit())


@pytest.mark.parametrize("unposted", [0, 1])
def test_a_wallet_that_waits_with_nothing_to_post_or_has_something_and_does_not_wait(alice, purchase, unposted):
    if unposted:
        spend(alice, "csv_import")
    Wallet.objects.update(unposted_since=None if unposted else timezone.now())
    (found,) = audit()
    assert numbering(alice, found)


def test_a_spend_that_differs_from_its_posting_its_entries_and_the_totals(alice, purchase):
    with unguarded("token_usage"):
        TokenUsage.objects.update(tokens_spent=6)
    usage, posting = TokenUsage.objects.get(), Posting.objects.get()
    day = f"{usage.created_at:%Y-%m-%d}"
    assert audit() == [
        f"Usage {usage.pk}: balance_after 495, movements so far sum to 494.",
        f"User {alice.pk} has spent 6 posted tokens, the entries of spends sum to -5.",
        f"Posting {posting.pk} is of 5 tokens, but its usages come to 6, its entries to -5.",
        f"The total of user {alice.pk} for ai_analysis says 5 tokens in 1 use, but the posted usages come to "
        "6 tokens in 1 use.",
        f"The total of user {alice.pk} for ai_analysis on {day} without an API key says 5 tokens in 1 use, but the "
        "posted usages come to 6 tokens in 1 use.",
        f"The wallet of user {alice.pk} counts 5 tokens on {day} and 5 in that month, but its usages come to 6 on "
        f"{day} and 6 in that month.",
    ]


def test_a_hold_that_differs_from_its_entries(alice, purchase):
    usage = hold(alice, "data_export")
    TokenUsage.objects.filter(pk=usage.pk).update(tokens_spent=9)
    Wallet.objects.update(held=9, spent_in_day=14, spent_in_month=14)
    assert audit() == [f"Usage {usage.pk}: 9 tokens spent, its entries sum to -10."]


@pytest.mark.parametrize("wrong", [{"tokens": 6}, {"last_number": 2}, {"first_number": 2, "last_number": 2}], ids=str)
def test_a_posting_that_differs_from_its_usages(alice, purchase, wrong):
    hold(alice, "data_export")
    spend(alice, "csv_import")
    post(alice)
    posting = Posting.objects.order_by("pk")[0]
    spent = 0 if wrong.get("first_number") else 5
    Posting.objects.filter(pk=posting.pk).update(**wrong)
    tokens = wrong.get("tokens", 5)
    expected = f"Posting {posting.pk} is of {tokens} tokens, but its usages come to {spent}, its entries to -5."
    assert audit() == ([] if wrong == {"last_number": 2} else [expected])  # number 2 is a hold, which no posting has


def test_a_broken_running_balance(purchase):
    entry = plant_entry(purchase.lot, cause=("lot", purchase.lot.pk), balance_after=77)
    assert f"Entry {entry.pk}: balance_after 77, movements so far sum to 494." in audit()


def test_a_wrong_balance_after_a_spend(purchase):
    TokenUsage.objects.update(balance_after=77)
    assert audit() == [f"Usage {TokenUsage.objects.get().pk}: balance_after 77, movements so far sum to 495."]


def test_an_entry_that_is_not_worth_what_it_moved(purchase):
    entry = plant_entry(purchase.lot, cause=("lot", purchase.lot.pk), worth_cents=-9)
    assert f"Entry {entry.pk}: worth -9 is noted, it moved -8." in audit()


# --- totals ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "finding"),
    [
        (lambda: UsageTotal.objects.update(tokens=6), "says 6 tokens in 1 use, but the posted usages come to {right}."),
        (lambda: UsageTotal.objects.update(count=2), "says 5 tokens in 2 uses, but the posted usages come to {right}."),
        (
            lambda: UsageTotal.objects.all().delete(),
            "for ai_analysis says 0 tokens in 0 uses, but the posted usages come to {right}.",
        ),
        (
            lambda: UsageTotal.objects.create(user=Wallet.objects.get().user, action="fly", tokens=1, count=1),
            "for fly says 1 token in 1 use, but the posted usages come to 0 tokens in 0 uses.",
        ),
        (
            lambda: DailyTotal.objects.update(tokens=6),
            "without an API key says 6 tokens in 1 use, but the posted usages come to {right}.",
        ),
        (lambda: DailyTotal.objects.update(count=2), "says 5 tokens in 2 uses, but the posted usages come to {right}."),
        (
            lambda: DailyTotal.objects.all().delete(),
            "without an API key says 0 tokens in 0 uses, but the posted usages come to {right}.",
        ),
        (lambda: Wallet.objects.update(spent_in_day=6), "and 5 in that month."),
        (lambda: Wallet.objects.update(spent_in_month=4), "and 5 in that month."),
        (lambda: Wallet.objects.update(spent_on=None), "and 5 in that month."),
        (lambda: Wallet.objects.update(spent_on="2026-01-01"), "and 5 in that month."),
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
def test_a_total_that_is_wrong(purchase, spoil, finding):
    spoil()
    (found,) = audit()
    assert found.endswith(finding.format(right="5 tokens in 1 use"))


@pytest.mark.parametrize("change", [{"day": "2026-01-01"}, {"api_key": 7}], ids=str)
def test_a_daily_total_of_another_day_or_key(alice, purchase, change):
    DailyTotal.objects.update(**change)
    found = sorted(audit())
    assert len(found) == 2
    for part in ("says 5 tokens in 1 use", "on 2026-01-01 without" if "day" in change else "with API key 7"):
        assert sum(part in finding for finding in found) == 1


# --- purchases -------------------------------------------------------------------------


def test_a_credit_of_an_unpaid_purchase(purchase):
    Purchase.objects.update(status="failed", completed_at=None)
    assert audit() == [
        f"Purchase {purchase.pk} (failed, 500 tokens): credited 1 times, 500 tokens.",
        f"User {purchase.user_id}, 1 purchase: 500 tokens, 4000 usd, but the purchases come to 0: 0 tokens, 0 usd.",
    ]


def test_a_paid_purchase_without_its_credit(alice, purchase):
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


def test_tokens_and_a_status_that_do_not_follow_the_money(alice, purchase):
    Refund.objects.create(user=alice, purchase=purchase, amount_cents=400, source="staff", status="succeeded")
    assert audit() == [
        f"Purchase {purchase.pk}: 50 tokens should be reversed, 0 are noted, its reversals say 0.",
        f"Purchase {purchase.pk} is completed; by its refunds it should be partially_refunded.",
        f"Purchase {purchase.pk}: it says 0 cents went back, its rows 400.",
    ]


def test_a_lot_that_is_frozen_without_a_dispute(purchase):
    Lot.objects.update(frozen_at=timezone.now())
    Wallet.objects.update(frozen=495)
    assert audit() == [f"Lot {purchase.lot.pk}: frozen is True, by its disputes it should be False."]


# --- whose rows they are ---------------------------------------------------------------


@pytest.fixture
def users(alice, bob, purchase):
    """(alice's id, bob's id), each with a wallet; `purchase` is alice's."""
    buy(bob.pk, "starter")
    return alice.pk, bob.pk


def of_another(entry, mine, other):
    return f"Entry {entry.pk} is in the wallet of user {mine}, its cause of user {other}."


def test_a_purchase_that_credited_somebody_else(users, purchase):
    mine, other = users
    Purchase.objects.filter(pk=purchase.pk).update(user=other)
    entry = LedgerEntry.objects.get(lot=purchase.lot, kind="credit")
    assert audit()[-2:] == [  # the running totals are wrong as well
        of_another(entry, mine, other),
        f"Lot {purchase.lot.pk} is in the wallet of user {mine}, but came from user {other}.",
    ]


def test_a_hold_that_somebody_else_paid_for(alice, users):
    mine, other = users
    usage = hold(alice, "data_export")
    with unguarded("token_usage"):
        TokenUsage.objects.filter(pk=usage.pk).update(user=other)
    assert audit()[-1:] == [of_another(LedgerEntry.objects.get(kind="hold"), mine, other)]


def test_a_posting_that_took_from_somebody_else(users):
    mine, other = users
    Posting.objects.update(wallet=other)
    assert audit()[-1:] == [of_another(LedgerEntry.objects.get(kind="spend"), mine, other)]


def test_a_grant_that_somebody_else_got(alice, users):
    mine, other = users
    given = grant(alice, tokens=7, reason="sorry", by=None)
    Grant.objects.update(user=other)
    assert audit() == [
        of_another(LedgerEntry.objects.get(lot=given.lot), mine, other),
        f"Lot {given.lot.pk} is in the wallet of user {mine}, but came from user {other}.",
    ]


def test_a_reversal_that_took_from_somebody_else(users, purchase):
    mine, other = users
    Refund.objects.create(user_id=mine, purchase=purchase, amount_cents=400, source="staff")
    follow_the_money(purchase)
    Reversal.objects.update(user=other)
    assert audit() == [
        of_another(LedgerEntry.objects.get(kind="reverse"), mine, other),
        f"Reversal {Reversal.objects.get().pk} is of user {other}, its purchase of user {mine}.",
    ]


def test_an_entry_whose_cause_is_not_there(users, purchase):
    mine, _ = users
    entry = plant_entry(purchase.lot, cause=("grant", 10**9))
    assert f"Entry {entry.pk} is in the wallet of user {mine}, its cause grant 1000000000, of nobody." in audit()


def test_an_entry_of_somebody_elses_lot(users, purchase):
    mine, other = users
    lot = Lot.objects.get(wallet=other)
    entry = plant_entry(lot, wallet_id=mine, cause=("purchase", purchase.pk))
    assert f"Entry {entry.pk} is in the wallet of user {mine}, its lot of user {other}." in audit()


def test_a_usage_of_somebody_without_a_wallet(bob):
    usage = plant_usage(bob, number=1)
    assert audit()[-1:] == [f"Usage {usage.pk} is of user {bob.pk}, who has no wallet."]
