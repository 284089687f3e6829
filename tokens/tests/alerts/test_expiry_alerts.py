"""Alerts of tokens that expire, 30, 7 and 1 days before, and of holds that ran out."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from tokens.alerts.expiring import warn_of_expiring
from tokens.emails import kinds
from tokens.ledger.due import apply_due_everywhere
from tokens.ledger.lots import freeze
from tokens.ledger.recounting import recount
from tokens.ledger.wallet import lock_wallet
from tokens.models import Lot, Mail
from tokens.spending.holds import capture, hold, release
from tokens.spending.spends import spend
from tokens.testing.ledger_rows import make_lot
from tokens.testing.letters import told
from tokens.transactions import money_transaction

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(NOON, tick=False)
    return time_machine


def days_told(clock, days):
    """On which of so many days, looked at every six hours, alice was told."""
    said = []
    for hour in range(0, days * 24, 6):
        clock.move_to(NOON + timedelta(hours=hour), tick=False)
        before = Mail.objects.count()
        warn_of_expiring()
        warn_of_expiring()
        said += [hour / 24] * (Mail.objects.count() - before)
    return said


@pytest.mark.parametrize(
    ("lasts", "told_on"),
    [
        (60, [30, 53, 59]),
        (33, [3, 26, 32]),
        (31, [24, 30]),  # a month's allowance
        (20, [13, 19]),
        (8, [7]),
        (2, []),
    ],
)
def test_each_warning_comes_once_and_none_with_the_tokens(alice, clock, lasts, told_on):
    make_lot(alice, tokens=40, expires_at=NOON + timedelta(days=lasts))
    assert days_told(clock, 70) == told_on


def test_lots_of_one_day_are_told_together_and_the_email_says_how_many(alice, clock):
    for tokens in (40, 2):
        make_lot(alice, tokens=tokens, expires_at=NOON + timedelta(days=20))
    make_lot(alice, tokens=100)
    spend(alice, "ai_analysis")
    assert days_told(clock, 14) == [13]
    email = kinds.compose(Mail.objects.get())
    assert email.subject.startswith("37 tokens expire on Dec")
    assert "37 tokens of yours expire on" in email.text


def test_what_is_spent_by_then_is_not_told(alice, clock):
    make_lot(alice, tokens=5, expires_at=NOON + timedelta(days=20))
    spend(alice, "ai_analysis")
    assert days_told(clock, 25) == []


def test_bought_tokens_never_expire_and_nothing_is_told(alice, clock):
    make_lot(alice, tokens=5)
    assert days_told(clock, 2) == []


def test_a_shop_that_was_closed_tells_the_nearest_once(alice, clock):
    make_lot(alice, tokens=5, expires_at=NOON + timedelta(days=60))
    clock.move_to(NOON + timedelta(days=55), tick=False)
    assert (warn_of_expiring(), warn_of_expiring()) == (1, 0)
    clock.move_to(NOON + timedelta(days=59), tick=False)
    assert warn_of_expiring() == 1


@pytest.mark.breaks_the_books  # nothing disputed says why they are frozen
def test_frozen_tokens_are_not_said_to_be_spent_first(alice, clock):
    lot = make_lot(alice, tokens=40, expires_at=NOON + timedelta(days=20))
    money_transaction(lambda: freeze(lock_wallet(alice.pk), lot.purchase, at=NOON))()
    assert days_told(clock, 25) == []


def test_what_expired_before_the_email_was_sent_is_not_said_to_be_spent(alice, clock):
    make_lot(alice, tokens=40, expires_at=NOON + timedelta(days=20))
    clock.shift(timedelta(days=19))
    warn_of_expiring()
    clock.shift(timedelta(days=2))
    apply_due_everywhere()
    assert "Nothing of yours expires on" in kinds.compose(Mail.objects.latest("pk")).text


def test_a_lot_of_a_version_before_is_told_of_once_it_is_recounted(alice, clock):
    make_lot(alice, tokens=50, expires_at=NOON + timedelta(days=60))
    Lot.objects.update(warn_at=None)
    assert list(recount()) == []
    assert days_told(clock, 65) == [30, 53, 59]


def test_an_account_that_is_gone_is_told_nothing(alice, clock):
    make_lot(alice, tokens=20, expires_at=NOON + timedelta(days=20))
    User.objects.update(is_active=False)
    assert days_told(clock, 25) == []
    assert not Lot.objects.exclude(warn_at=None).exists()


# --- holds --------------------------------------------------------------------------------------


def test_a_hold_that_ran_out_is_told_with_the_others_of_the_day(alice, clock):
    make_lot(alice, tokens=100)
    for tokens in (10, 5):
        hold(alice, "data_export", tokens=tokens, expires_in=timedelta(minutes=5))
    capture(hold(alice, "data_export"))
    release(hold(alice, "data_export"))
    clock.shift(timedelta(minutes=10))
    apply_due_everywhere()
    assert told(alice) == ["hold_expired"]
    email = kinds.compose(Mail.objects.get())
    assert email.subject == "2 holds expired: 15 tokens released"
    hold(alice, "data_export", expires_in=timedelta(minutes=5))
    clock.shift(timedelta(minutes=10))
    apply_due_everywhere()
    assert told(alice) == ["hold_expired"]
    hold(alice, "data_export", expires_in=timedelta(minutes=5))
    clock.shift(timedelta(days=1))
    apply_due_everywhere()
    assert told(alice) == ["hold_expired"] * 2
