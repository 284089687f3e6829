"""Alerts of a low and of an empty balance: one for each crossing, whoever takes tokens, and never two a day."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from tokens.alerts.balance import tell_next
from tokens.alerts.usual_week import refill_of
from tokens.catalog import get_catalog
from tokens.emails import kinds
from tokens.ledger.alerting import choose_threshold
from tokens.ledger.due import apply_due_everywhere
from tokens.ledger.wallet import lock_wallet, read_wallet
from tokens.models import Mail, MutedMail, Wallet
from tokens.spending.holds import hold, release
from tokens.spending.spends import spend, spend_many
from tokens.staff.grants import deduct, grant
from tokens.testing.buying import buy
from tokens.testing.ledger_rows import make_lot, post
from tokens.testing.letters import told
from tokens.testing.office import hire
from tokens.testing.races import at_once
from tokens.testing.refund_news import give_back

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(NOON, tick=False)
    return time_machine


def look():
    """As the worker does, until there is nothing more; what alice was told of her balance, ever."""
    while tell_next():
        pass
    return list(Mail.objects.filter(kind__startswith="balance").order_by("pk").values_list("kind", flat=True))


def take(user, tokens):
    """Leave so many tokens."""
    spend(user, "import_domain", quantity=read_wallet(user.pk).balance - tokens)


def come(user, tokens):
    make_lot(user, tokens=tokens)
    Wallet.objects.filter(pk=user.pk, alert_is_chosen=False).update(alert_below=10)


def test_a_customer_is_told_once_when_the_balance_falls_below_the_threshold(alice, clock):
    come(alice, 50)
    take(alice, 10)
    assert look() == []
    take(alice, 9)
    assert look() == ["balance_low"]
    take(alice, 2)
    post(alice)
    assert look() == ["balance_low"]
    take(alice, 0)
    assert look() == ["balance_low", "balance_empty"]
    assert look() == ["balance_low", "balance_empty"]


def test_who_falls_to_nothing_at_once_is_told_that_alone(alice, clock):
    come(alice, 50)
    take(alice, 0)
    assert look() == ["balance_empty"]


def test_tokens_that_come_in_arm_it_again_but_not_twice_a_day(alice, clock):
    come(alice, 50)
    take(alice, 5)
    assert look() == ["balance_low"]
    come(alice, 50)
    take(alice, 5)
    clock.shift(timedelta(hours=23, minutes=59))
    assert look() == ["balance_low"]
    clock.shift(timedelta(minutes=2))
    assert look() == ["balance_low"] * 2
    come(alice, 2)  # which are too few to arm it
    take(alice, 5)
    clock.shift(timedelta(days=2))
    assert look() == ["balance_low"] * 2


def test_who_has_enough_again_before_the_day_is_over_is_not_told(alice, clock):
    come(alice, 50)
    take(alice, 5)
    look()
    come(alice, 50)
    take(alice, 5)
    come(alice, 50)
    clock.shift(timedelta(days=2))
    assert look() == ["balance_low"]


def by_hold(user):
    hold(user, "data_export", tokens=45)


def by_deduction(user):
    deduct(user, tokens=45, reason="Correction", by=hire("finance"))


def by_many(user):
    spend_many(user, [("import_domain", {})] * 45)


@pytest.mark.parametrize("way", [by_hold, by_deduction, by_many])
def test_whatever_takes_tokens_is_noticed(alice, clock, way):
    come(alice, 50)
    way(alice)
    assert look() == ["balance_low"]


def test_tokens_that_expire_are_noticed(alice, clock):
    come(alice, 5)
    make_lot(alice, tokens=50, expires_at=NOON + timedelta(days=1))
    Wallet.objects.update(alert_below=10)
    clock.shift(timedelta(days=1))
    apply_due_everywhere()
    assert look() == ["balance_low"]


def test_a_refund_is_noticed(sandbox, alice):
    purchase = buy(sandbox, alice)
    give_back(purchase, 4000)
    assert look() == ["balance_empty"]


def test_a_released_hold_arms_it_again(alice, clock):
    come(alice, 50)
    usage = hold(alice, "data_export", tokens=45)
    assert look() == ["balance_low"]
    release(usage)
    clock.shift(timedelta(days=1))
    take(alice, 5)
    assert look() == ["balance_low"] * 2


def test_the_threshold_is_a_tenth_of_the_last_pack_until_it_is_chosen(sandbox, alice):
    buy(sandbox, alice)
    assert read_wallet(alice.pk).alert_below == 50
    choose_threshold(alice.pk, 7)
    buy(sandbox, alice, "starter")
    assert read_wallet(alice.pk).alert_below == 7


def test_nobody_is_told_who_chose_never(alice, clock):
    come(alice, 50)
    choose_threshold(alice.pk, 0)
    take(alice, 0)
    assert look() == []


def test_a_threshold_above_the_balance_is_no_news(alice, clock):
    come(alice, 50)
    choose_threshold(alice.pk, 100)
    assert look() == []
    take(alice, 0)
    assert look() == ["balance_empty"]


def test_who_switches_alerts_on_with_nothing_left_is_not_told(alice, clock):
    come(alice, 50)
    choose_threshold(alice.pk, 0)
    take(alice, 0)
    clock.shift(timedelta(days=30))
    choose_threshold(alice.pk, 10)
    assert look() == []


def test_an_email_sent_late_says_what_is_so_then(alice, clock):
    for left, said in ((5, "Your token balance was low"), (0, "You had no tokens left; you have 1,000 tokens now")):
        come(alice, 50)
        take(alice, left)
        look()
        come(alice, 1000)
        email = kinds.compose(Mail.objects.latest("pk"))
        assert email.subject == said
        assert "Buy" not in email.text + email.html
        clock.shift(timedelta(days=2))


def test_a_suspended_wallet_is_not_asked_to_buy(alice, clock):
    come(alice, 50)
    take(alice, 7)
    Wallet.objects.update(blocked_at=NOON)
    assert look() == []
    Wallet.objects.update(blocked_at=None)
    look()
    Wallet.objects.update(blocked_at=NOON)
    assert "You have 7 tokens left" in kinds.compose(Mail.objects.get()).text


def test_an_account_that_is_gone_is_not_told(alice, clock):
    come(alice, 50)
    take(alice, 7)
    type(alice).objects.update(is_active=False)
    assert look() == []


def test_a_clock_that_was_ahead_silences_nothing(alice, clock):
    clock.move_to(NOON + timedelta(days=365), tick=False)
    come(alice, 50)
    take(alice, 5)
    assert look() == ["balance_low"]
    clock.move_to(NOON, tick=False)
    come(alice, 50)
    take(alice, 5)
    assert look() == ["balance_low"] * 2


def test_the_pack_covers_a_debt_too(alice, clock):
    tokens = {package.key: package.tokens for package in get_catalog().packages.values()}
    refills = [refill_of(alice.pk, NOON, debt=debt) for debt in (0, tokens["starter"] + 1, max(tokens.values()) + 1)]
    assert [refill and refill.package.key for refill in refills[:2]] == ["starter", "pro"]
    assert [refill and refill.lasts for refill in refills] == [True, True, False]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_a_wallet_that_is_locked(alice, bob):
    for user in (alice, bob):
        come(user, 50)
        take(user, 0)
    with transaction.atomic():
        lock_wallet(alice.pk)
        at_once(lambda _: (tell_next(), tell_next()), times=1)
        assert [told(alice), told(bob)] == [[], ["balance_empty"]]
    assert tell_next()
    assert told(alice) == ["balance_empty"]


def test_who_muted_it_is_not_told_and_it_is_done_all_the_same(alice, clock):
    kinds.choose(alice.pk, wanted=[])
    come(alice, 50)
    take(alice, 5)
    assert look() == []
    MutedMail.objects.all().delete()
    assert look() == []


def test_who_never_had_tokens_is_not_told_of_none(alice):
    Wallet.objects.create(user=alice)
    assert look() == []


def test_the_email_says_what_it_costs_to_go_on(alice, clock):
    come(alice, 120)
    clock.shift(timedelta(days=-6))
    Wallet.objects.update(updated_at=NOON - timedelta(days=6))
    take(alice, 5)
    assert look() == ["balance_low"]
    email = kinds.compose(Mail.objects.get(kind="balance_low"))
    assert email.subject == "Your token balance is low: 5 tokens left"
    assert "Pro Pack, 500 tokens for $40.00, covers a usual week of yours (115 tokens)." in email.text
    assert "/tokens/#pack-pro" in email.text
    assert "/tokens/#pack-pro" in email.html


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_four_workers_tell_a_customer_once(alice):
    come(alice, 50)
    take(alice, 5)
    at_once(lambda _: tell_next(), times=4)
    assert told(alice) == ["balance_low"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_spend_that_crosses_nothing_touches_no_index(alice):
    """PostgreSQL counts updates of a row that left all indexes alone."""
    come(alice, 1000)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("VACUUM FULL wallets")
    before = updates()
    for _ in range(20):
        spend(alice, "import_domain")
    took = [after - was for after, was in zip(updates(), before, strict=True)]
    assert took[0] == 20
    assert took[1] >= 19  # the first one notes since when something is unposted, which an index has


def updates():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'wallets'")
        return cursor.fetchone()


# --- what staff do ---------------------------------------------------------------------------


def test_what_staff_give_and_take_is_told(alice):
    finance = hire("finance")
    grant(alice, tokens=20, reason="A secret reason", by=finance)
    deduct(alice, tokens=5, reason="A secret reason", by=finance)
    emails = [kinds.compose(email) for email in Mail.objects.order_by("pk")]
    assert [email.subject for email in emails] == [
        "We added 20 tokens to your balance",
        "We removed 5 tokens from your balance",
    ]
    assert not any("secret" in email.text + email.html for email in emails)


def test_what_a_script_gives_is_not_told(alice):
    grant(alice, tokens=20, reason="Moved house", by=None)
    assert told(alice) == []
