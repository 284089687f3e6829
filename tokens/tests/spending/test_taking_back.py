"""Spends taken back: once, to where their tokens came from, whatever became of that since, and off every sum."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.api_keys import CallingKey
from tokens.errors import NotReversible, ReversalExceedsSpend, UnknownUsage
from tokens.ledger.alerting import note_told
from tokens.ledger.limits import limits_of
from tokens.ledger.recounting import recount
from tokens.ledger.wallet import lock_wallet, read_wallet
from tokens.models import DailyTotal, LedgerEntry, Lot, SpendReversal, TokenUsage, Told, UsageTotal
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.purchases.reversals import follow_the_money
from tokens.reports.audit import rows_stay_with_their_user
from tokens.reports.audit_taking_back import (
    no_spend_is_taken_back_twice,
    reversals_equal_their_entries,
    tokens_return_to_where_they_came_from,
)
from tokens.reports.closed_hours import close_hours
from tokens.reports.customer_totals import usage_breakdown
from tokens.reports.month_end import month_end
from tokens.reports.movements import Amount
from tokens.reports.usage_over_time import Asked, spent_over_time
from tokens.spending.holds import capture, hold, release
from tokens.spending.spends import spend, spend_items, spend_once
from tokens.spending.taking_back import take_back, take_back_by_staff
from tokens.staff.grants import grant
from tokens.testing.ledger_rows import assert_books_are_right, entries_of, make_lot, post, remaining_of
from tokens.testing.planting import plant_entry, unguarded
from tokens.testing.reversal_rows import dispute, refund, undo
from tokens.testing.statements import assert_statement_adds_up, whole_statement

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
KEY, WHY = 7, "The image failed"


@pytest.fixture
def rich(alice, time_machine):
    """alice on the last day of a month: 10 free tokens that burn first, and 100 that she paid for."""
    time_machine.move_to(NOON, tick=False)
    make_lot(alice, tokens=10)
    make_lot(alice, tokens=100, paid_cents=1000)
    return alice


def spent(user, action="ai_analysis", quantity=1):
    return spend_once(user.pk, action, quantity=quantity, api_key=CallingKey(KEY)).usage


def held(user, tokens):
    return hold(user, "data_export", tokens=tokens, api_key=CallingKey(KEY))


def back(usage, quantity=None):
    return take_back(usage.user_id, usage.pk, reason=WHY, quantity=quantity)


def assert_all_is_right(user):
    assert_books_are_right()
    assert_statement_adds_up(user.pk)
    assert list(recount()) == []


def test_a_spend_that_is_not_posted_yet_is_posted_and_taken_back(rich):
    usage = spent(rich, quantity=3)
    reversal = back(usage)
    assert (reversal.tokens, reversal.quantity, reversal.balance_after) == (15, 3, 110)
    assert entries_of(rich)[2:] == [
        ("spend", -10, None),
        ("spend", -5, None),
        ("unspend", 5, 100),
        ("unspend", 10, 110),
    ]
    assert remaining_of(rich) == [10, 100]
    assert sum(LedgerEntry.objects.filter(kind__in=["spend", "unspend"]).values_list("worth_cents", flat=True)) == 0
    assert_all_is_right(rich)


def test_of_what_was_posted_together_the_latest_lot_gets_its_tokens_back_first(rich):
    first = spent(rich)
    spent(rich)
    spent(rich)
    post(rich)
    assert remaining_of(rich) == [0, 95]
    back(first)
    assert remaining_of(rich) == [0, 100]
    assert_all_is_right(rich)


def test_parts_add_up_to_the_spend_and_nothing_is_taken_back_after_that(rich):
    usage = spent(rich, quantity=5)
    assert [back(usage, 2).tokens, back(usage, 1).tokens] == [10, 5]
    with pytest.raises(ReversalExceedsSpend, match=r"2 are left.*fewer than 3") as refused:
        back(usage, 3)
    assert refused.value.more == {"left": 2}
    last = back(usage)
    assert (last.tokens, last.balance_after) == (10, 110)
    assert back(usage) == back(usage, 2) == last
    with pytest.raises(ReversalExceedsSpend, match="All of"):
        back(usage, 1)
    assert SpendReversal.objects.count() == 3
    assert_all_is_right(rich)


def test_a_captured_hold_is_taken_back_to_the_lots_that_it_kept(rich):
    usage = capture(held(rich, 40), tokens=25)
    assert remaining_of(rich) == [0, 85]
    assert back(usage).tokens == 25
    assert remaining_of(rich) == [10, 100]
    assert back(usage).balance_after == 110
    assert_all_is_right(rich)


def test_a_spend_of_a_batch_is_taken_back_alone(rich):
    usages = spend_items(
        rich.pk, [("ai_analysis", 1, {}), ("import_domain", 4, {})], key="b", api_key=CallingKey(KEY)
    ).usages
    back(usages[1])
    assert read_wallet(rich.pk).balance == 105
    again = spend_items(rich.pk, [("ai_analysis", 1, {}), ("import_domain", 4, {})], key="b", api_key=CallingKey(KEY))
    assert (again.is_replay, read_wallet(rich.pk).balance) == (True, 105)
    assert_all_is_right(rich)


@pytest.mark.parametrize("ended", [lambda usage: usage, release], ids=["on hold", "released"])
def test_a_hold_that_charged_nothing_is_not_taken_back(rich, ended):
    usage = ended(held(rich, 5))
    with pytest.raises(NotReversible, match="hold"):
        back(usage)
    with pytest.raises(NotReversible, match="hold"):
        take_back_by_staff(usage, reason=WHY, by=None)
    assert_all_is_right(rich)


def test_after_a_day_only_staff_take_a_spend_back(rich, time_machine):
    usages = [spent(rich), spent(rich), capture(held(rich, 5))]
    time_machine.move_to(NOON + timedelta(hours=24))
    back(usages[0])
    time_machine.move_to(NOON + timedelta(hours=24, seconds=1))
    for usage in usages[1:]:
        with pytest.raises(NotReversible, match=r"charged on 2026-11-30 at 12:00 UTC.*24 hours"):
            back(usage)
    assert back(usages[0]).tokens == 5  # what was answered stays so
    take_back_by_staff(usages[1], reason=WHY, by=None)
    assert_all_is_right(rich)


def test_a_hold_is_charged_when_it_is_captured(rich, time_machine):
    usage = hold(rich, "data_export", tokens=5, expires_in=timedelta(days=3), api_key=CallingKey(KEY))
    time_machine.move_to(NOON + timedelta(days=2))
    capture(usage)
    time_machine.move_to(NOON + timedelta(days=2, hours=23))
    assert back(usage).tokens == 5
    assert_all_is_right(rich)


@pytest.mark.parametrize(
    "work",
    [lambda user: spend(user, "import_domain"), lambda user: capture(hold(user, "csv_import"))],
    ids=["a spend", "a hold"],
)
def test_what_no_key_spent_only_staff_take_back(rich, work):
    """It paid for domains, which the customer keeps."""
    usage = work(rich)
    with pytest.raises(NotReversible, match="not spent with an API key"):
        back(usage)
    take_back_by_staff(usage, reason=WHY, by=None)
    assert read_wallet(rich.pk).balance == 110
    assert_all_is_right(rich)


def test_a_usage_of_somebody_else_is_unknown(rich, bob):
    usage = spent(rich)
    for pk in (usage.pk, 10**30):
        with pytest.raises(UnknownUsage):
            take_back(bob.pk, pk, reason=WHY)
    assert read_wallet(rich.pk).balance == 105


# --- what became of the lots meanwhile


def test_what_returns_to_a_lot_that_has_expired_expires(alice, time_machine):
    time_machine.move_to(NOON, tick=False)
    make_lot(alice, tokens=10, expires_at=NOON + timedelta(hours=1))
    make_lot(alice, tokens=100)
    usage = spent(alice, quantity=3)
    time_machine.move_to(NOON + timedelta(hours=2))
    assert back(usage).balance_after == 100
    assert entries_of(alice)[-3:] == [("unspend", 5, 100), ("unspend", 10, 110), ("expire", -10, 100)]
    lines = whole_statement(alice.pk).lines
    assert [(line.kind, line.description, line.tokens) for line in lines[:2]] == [
        ("expiry", "Expired on return: Analyses × 3", -10),
        ("reversal", "Reversed: Analyses × 3 (The image failed)", 15),
    ]
    assert_all_is_right(alice)


def test_of_a_refunded_pack_the_returned_tokens_repay_what_is_owed(alice):
    purchase = simulate_token_purchase(alice.pk, "starter")
    usage = spent(alice, quantity=12)
    refund(purchase, 1000)
    assert (read_wallet(alice.pk).balance, read_wallet(alice.pk).debt) == (-60, 60)
    assert back(usage).balance_after == 0
    wallet = read_wallet(alice.pk)
    assert (wallet.balance, wallet.debt, remaining_of(alice)) == (0, 0, [0])
    assert entries_of(alice)[-2:] == [("unspend", 60, 0), ("repay", -60, None)]
    assert_all_is_right(alice)


def test_taken_back_first_or_refunded_first_comes_to_the_same(alice, bob):
    for user, is_refunded_first in ((alice, True), (bob, False)):
        purchase = simulate_token_purchase(user.pk, "starter")
        usage = spent(user, quantity=12)
        acts = [lambda purchase=purchase: refund(purchase, 500), lambda usage=usage: back(usage)]
        for act in acts if is_refunded_first else acts[::-1]:
            act()
        assert (read_wallet(user.pk).balance, remaining_of(user)) == (50, [50])
        assert_all_is_right(user)


def test_what_returns_to_a_disputed_pack_is_frozen_until_the_dispute_is_over(alice):
    purchase = simulate_token_purchase(alice.pk, "starter")
    usage = spent(alice, quantity=12)
    row = dispute(purchase, status="needs_response")
    back(usage)
    wallet = read_wallet(alice.pk)
    assert (wallet.balance, wallet.frozen, wallet.available) == (100, 100, 0)
    row.status = "won"
    row.save()
    follow_the_money(purchase)
    assert read_wallet(alice.pk).available == 100
    assert_all_is_right(alice)


def test_a_refund_that_fails_after_its_spend_was_taken_back_gives_every_lot_its_own(alice):
    purchase = simulate_token_purchase(alice.pk, "starter")
    usage = spent(alice, quantity=12)
    grant(alice, tokens=30, reason="Thanks", by=None)
    row = refund(purchase, 1000)
    assert (remaining_of(alice), read_wallet(alice.pk).debt) == ([0, 0], 30)
    back(usage)
    assert (remaining_of(alice), read_wallet(alice.pk).debt) == ([30, 0], 0)
    undo(row)
    assert sum(remaining_of(alice)) == read_wallet(alice.pk).balance == 130
    assert_all_is_right(alice)


# --- sums, limits, alerts


def test_it_counts_off_totals_and_sums_of_the_day_that_it_was_spent_on(rich, time_machine):
    kept, usage = spent(rich), spent(rich, quantity=2)
    captured = capture(held(rich, 8))
    post(rich)
    time_machine.move_to(NOON + timedelta(hours=20))
    back(usage, 1)
    back(captured)
    totals = DailyTotal.objects.filter(user=rich).order_by("action")
    said = [("ai_analysis", NOON.date(), KEY, 10, 2), ("data_export", NOON.date(), KEY, 0, 0)]
    assert list(totals.values_list("action", "day", "api_key", "tokens", "count")) == said
    assert list(UsageTotal.objects.order_by("action").values_list("tokens", "count")) == [(10, 2), (0, 0)]
    assert [(row.action, row.tokens, row.percent) for row in usage_breakdown(rich.pk)] == [("ai_analysis", 10, 100)]
    for asked in (Asked(), Asked(since=NOON - timedelta(minutes=1), until=NOON + timedelta(minutes=1))):
        assert spent_over_time(rich.pk, asked, ("action",)) == [(("ai_analysis",), 10, 2)]
    assert spent_over_time(rich.pk, Asked(since=NOON + timedelta(hours=1)), ("day",)) == []
    back(usage)
    take_back_by_staff(kept, reason=WHY, by=None)
    assert (usage_breakdown(rich.pk), spent_over_time(rich.pk, Asked(), ("day",))) == ([], [])
    assert_all_is_right(rich)


def test_totals_that_went_wrong_are_made_right_without_what_was_taken_back(rich):
    back(spent(rich, quantity=3), 1)
    UsageTotal.objects.update(tokens=15, count=3)
    DailyTotal.objects.update(tokens=15, count=3)
    assert len(list(recount())) == 2
    assert list(UsageTotal.objects.values_list("tokens", "count")) == [(10, 2)]
    assert_all_is_right(rich)


@pytest.mark.parametrize(
    ("later", "left"),
    [(timedelta(hours=1), (5, 5)), (timedelta(hours=13), (5, 5)), (timedelta(days=-1), (5, 10))],
    ids=["the same day", "the next month", "the day before"],
)
def test_the_limits_of_ones_own_get_it_back_for_the_day_and_month_of_the_spend(rich, time_machine, later, left):
    """Of the day before yesterday, only the month gets it back; and of the month before, nothing does."""
    if later < timedelta():
        time_machine.move_to(NOON + later)
        usage = spent(rich)
        time_machine.move_to(NOON)
        spent(rich)
    else:
        usage = spent(rich)
        time_machine.move_to(NOON + later)
        spent(rich)
    assert_books_are_right()
    take_back_by_staff(usage, reason=WHY, by=None)
    counted = tuple(limit.spent for limit in limits_of(read_wallet(rich.pk), timezone.now()))
    assert counted == (5, 5)
    assert_all_is_right(rich)


def test_a_low_balance_is_told_again_after_tokens_have_returned(alice):
    make_lot(alice, tokens=12)
    usage = spent(alice)
    note_told(lock_wallet(alice.pk), timezone.now())
    assert read_wallet(alice.pk).told == Told.LOW
    back(usage)
    assert read_wallet(alice.pk).told == Told.NOTHING


def test_recognition_is_undone_in_the_hour_that_is_open(rich, time_machine):
    usage = spent(rich, quantity=4)
    post(rich)
    time_machine.move_to(NOON + timedelta(hours=2))
    assert close_hours() > 0
    back(usage)
    report = month_end(2026, 11)[0]
    assert report.adds_up
    assert (report.movements["consumed"], report.movements["unspent"]) == (Amount(-20, -100), Amount(20, 100))
    time_machine.move_to(NOON + timedelta(hours=4))
    assert close_hours() > 0
    assert month_end(2026, 11)[0] == report
    assert_all_is_right(rich)


# --- what the database and the audit look after


def test_a_reversal_is_never_changed_nor_deleted_but_its_reason_can_be_erased(rich):
    reversal = back(spent(rich))
    rows = SpendReversal.objects.filter(pk=reversal.pk)
    for change in ({"tokens": 4}, {"quantity": 2}, {"reason": "Another"}, {"by": rich}, {"balance_after": 1}):
        with pytest.raises(DatabaseError, match="stays so"), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError, match="stays so"), transaction.atomic():
        rows.delete()
    rows.update(reason="")
    assert whole_statement(rich.pk).lines[0].description == "Reversed: Analyses"


def test_entries_still_can_neither_be_changed_nor_deleted(rich):
    back(spent(rich))
    with pytest.raises(DatabaseError), transaction.atomic():
        LedgerEntry.objects.update(tokens=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        TokenUsage.objects.all()._raw_delete("default")


def plant(reversal, **change):
    with unguarded("spend_reversals"):
        SpendReversal.objects.filter(pk=reversal.pk).update(**change)


@pytest.mark.breaks_the_books
def test_the_audit_finds_more_taken_back_than_was_spent(rich):
    reversal = back(spent(rich, quantity=2), 1)
    spend_of_two = f"Usage {reversal.usage_id} (spent, 10 tokens for 2):"
    plant(reversal, quantity=3)
    assert list(no_spend_is_taken_back_twice()) == [f"{spend_of_two} 5 tokens for 3 were reversed."]
    plant(reversal, quantity=1, tokens=4)
    assert list(no_spend_is_taken_back_twice()) == [f"{spend_of_two} 4 tokens for 1 were reversed."]


@pytest.mark.breaks_the_books
def test_the_audit_finds_a_reversal_whose_entries_are_not_its_tokens(rich):
    reversal = back(spent(rich, quantity=2), 1)
    plant_entry(Lot.objects.latest("pk"), cause=("unspend", reversal.pk), kind="unspend", tokens=1)
    assert list(reversals_equal_their_entries()) == [f"Spend reversal {reversal.pk}: 5 tokens, its entries sum to 6."]


@pytest.mark.breaks_the_books
def test_the_audit_finds_tokens_that_returned_to_a_lot_they_were_not_taken_from(rich):
    for usage in (spent(rich), capture(held(rich, 5))):
        back(usage)
        entry = LedgerEntry.objects.filter(kind="unspend").latest("pk")
        other = Lot.objects.exclude(pk=entry.lot_id).latest("pk")
        with unguarded("ledger_entries"):
            LedgerEntry.objects.filter(pk=entry.pk).update(lot=other)
        found = list(tokens_return_to_where_they_came_from())
        kind = "usage" if usage.expires_at else "posting"
        assert found[-1].startswith(f"Lot {other.pk}: 5 tokens returned of {kind} ")
        assert found[-1].endswith("which had taken 0.")


@pytest.mark.breaks_the_books
def test_the_audit_finds_a_reversal_of_somebody_elses_usage(rich, bob):
    reversal = back(spent(rich))
    plant(reversal, user=bob)
    found = [line for line in rows_stay_with_their_user() if line.startswith("Spend reversal")]
    assert found == [f"Spend reversal {reversal.pk} is of user {bob.pk}, its usage of user {rich.pk}."]
