"""Caps of an API key: exact at every door, by the wallet's own days, and shared by the key that replaces it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts import api_keys, key_rotation
from accounts.api_keys import Caps
from accounts.models import ApiKey, KeyCaps
from tokens.catalog import get_catalog
from tokens.errors import InsufficientTokens, KeyLimitReached, LimitReached, PasswordNeeded, SpendingStopped
from tokens.ledger.limits import caps_at, spendable
from tokens.ledger.recounting import recount
from tokens.ledger.wallet import caps_of, read_wallet
from tokens.models import TokenUsage, Wallet
from tokens.reports.audit import audit
from tokens.spending.batches import Item, spend_batch
from tokens.spending.holds import capture, hold, hold_many_at, release
from tokens.spending.key_caps import set_caps
from tokens.spending.own_limits import set_limits
from tokens.spending.quote import quote
from tokens.spending.spends import spend_at, spend_items, spend_once
from tokens.testing.ledger_rows import assert_books_are_right, make_lot
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
ACTION, COST = "ai_analysis", 5


@pytest.fixture
def rich(alice, time_machine):
    """alice on the last day of a month, with many tokens."""
    time_machine.move_to(NOON, tick=False)
    make_lot(alice, tokens=1000)
    return alice


def make_key(user, day=None, month=None):
    return api_keys.issue(user, name="CI", caps=Caps(day, month))[0]


def by(key):
    """The key as a call is signed in with now."""
    key.refresh_from_db()
    return api_keys.CallingKey(key.pk, key.caps_id)


def used(key):
    """What counts toward the caps of the day and the month."""
    wallet = read_wallet(key.user_id)
    return tuple(cap.spent for cap in caps_at(wallet, timezone.now(), caps_of(key.pk)))


def new_key():
    return f"{TokenUsage.objects.count()}"


DOORS = {
    "a spend": lambda user, key: spend_once(user.pk, ACTION, api_key=key),
    "a spend with a key": lambda user, key: spend_once(user.pk, ACTION, key=new_key(), api_key=key),
    "a spend inside a transaction": lambda user, key: spend_at(user.pk, get_catalog().cost(ACTION), api_key=key),
    "some in one call": lambda user, key: spend_items(
        user.pk, [("csv_import", 1, {}), ("import_domain", 3, {})], api_key=key
    ),
    "a batch of items with keys": lambda user, key: spend_batch(
        user.pk,
        [Item("import_domain", 2, key=f"a{new_key()}"), Item("import_domain", 3, key="b" + new_key())],
        api_key=key,
    ),
    "a hold": lambda user, key: hold(user, ACTION, api_key=key),
    "a hold with a key": lambda user, key: hold(user, ACTION, idempotency_key=new_key(), api_key=key),
    "many holds": lambda user, key: hold_many_at(
        user.pk, [(get_catalog().cost(ACTION), 2, {}), (get_catalog().cost(ACTION), 3, {})], api_key=key
    ),
    "a captured hold": lambda user, key: capture(hold(user, ACTION, api_key=key)),
}


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS.keys())
@pytest.mark.parametrize("caps", [(12, None), (None, 12), (12, 20)], ids=str)
def test_at_every_door_two_fit_and_the_third_is_refused(rich, door, caps):
    key = make_key(rich, *caps)
    for _ in range(2):
        door(rich, by(key))
    with pytest.raises(KeyLimitReached) as refused:
        door(rich, by(key))
    period = "day" if caps[0] else "month"
    assert refused.value.more == {
        "period": period,
        "cap": 12,
        "used": 10,
        "resets_at": "2026-12-01T00:00:00Z",
    }
    assert refused.value.available == 12 - 10
    assert used(key) == (10, 10)
    door(rich, None)  # the account may go on
    door(rich, by(make_key(rich)))  # and so may another key
    door(rich, by(make_key(rich, day=12)))
    assert used(key) == (10, 10)
    assert_books_are_right()


def test_what_is_exactly_left_may_be_spent_and_what_never_fits_is_not_told_to_wait(rich):
    key = make_key(rich, day=10, month=15)
    spend_once(rich.pk, ACTION, quantity=2, api_key=by(key))
    with pytest.raises(KeyLimitReached, match=r"daily cap of this API key is 10, of which 10 are used\. It resets"):
        spend_once(rich.pk, "import_domain", api_key=by(key))
    with pytest.raises(KeyLimitReached, match=r"more than the monthly cap of this API key, 15\. You can raise it"):
        spend_once(rich.pk, ACTION, quantity=4, api_key=by(key))
    assert TokenUsage.objects.count() == 1


def test_the_day_and_the_month_begin_again_at_midnight_utc(rich, time_machine):
    key = make_key(rich, day=5, month=8)
    spend_once(rich.pk, ACTION, api_key=by(key))
    time_machine.move_to(datetime(2026, 12, 1, tzinfo=UTC), tick=False)
    assert used(key) == (0, 0)
    spend_once(rich.pk, ACTION, api_key=by(key))
    time_machine.move_to(datetime(2026, 12, 2, tzinfo=UTC), tick=False)
    assert used(key) == (0, 5)
    with pytest.raises(KeyLimitReached) as refused:
        spend_once(rich.pk, ACTION, api_key=by(key))
    assert (refused.value.more["period"], refused.value.more["resets_at"]) == ("month", "2027-01-01T00:00:00Z")
    spend_once(rich.pk, "import_domain", api_key=by(key))
    assert used(key) == (1, 6)
    spend_once(rich.pk, ACTION)  # another day's newest usage is none of the key's
    time_machine.move_to(datetime(2026, 12, 4, tzinfo=UTC), tick=False)
    spend_once(rich.pk, ACTION)
    assert_books_are_right()


def test_a_clock_that_is_behind_spends_no_second_day(rich, time_machine):
    key = make_key(rich, day=5)
    time_machine.move_to(datetime(2026, 12, 1, 0, 0, 1, tzinfo=UTC), tick=False)
    spend_once(rich.pk, ACTION, api_key=by(key))
    time_machine.move_to(NOON, tick=False)
    with pytest.raises(KeyLimitReached):
        spend_once(rich.pk, "import_domain", api_key=by(key))
    assert used(key) == (5, 5)
    assert_books_are_right()


def test_what_a_hold_gives_back_counts_no_more(rich, time_machine):
    key = make_key(rich, day=20, month=30)
    first, second = (hold(rich, "data_export", tokens=10, api_key=by(key)) for _ in range(2))
    assert used(key) == (20, 20)
    capture(first, tokens=4)
    assert used(key) == (14, 14)
    release(second)
    release(second)
    assert used(key) == (4, 4)
    hold(rich, "data_export", tokens=10, expires_in=timedelta(hours=1), api_key=by(key))
    time_machine.shift(timedelta(hours=2))
    spend_once(rich.pk, "import_domain")  # which releases what has run out
    assert used(key) == (4, 4)
    assert_books_are_right()


@pytest.mark.parametrize(
    ("made", "ended"),
    [
        (datetime(2026, 11, 29, 23, 59, tzinfo=UTC), NOON),  # another day of the month
        (datetime(2026, 10, 31, 23, 59, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)),  # another month
        (datetime(2026, 10, 31, 23, 59, tzinfo=UTC), datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("spends_between", [True, False])
def test_a_hold_is_given_back_to_the_day_that_it_was_made_on(alice, time_machine, made, ended, spends_between):
    time_machine.move_to(made, tick=False)
    make_lot(alice, tokens=100)
    key = make_key(alice, day=50)
    usage = hold(alice, "data_export", expires_in=timedelta(days=2), api_key=by(key))
    time_machine.move_to(ended, tick=False)
    if spends_between:
        spend_once(alice.pk, "import_domain", api_key=by(key))
    release(usage)
    assert used(key) == (spends_between, spends_between)
    assert_books_are_right()


def test_the_limit_of_the_account_stands_before_the_cap_and_the_cap_before_the_balance(rich):
    key = make_key(rich, day=2)
    set_limits(rich.pk, {"day": 2}, is_proven=False)
    with pytest.raises(LimitReached, match="your daily limit"):
        spend_once(rich.pk, "data_export", quantity=500, api_key=by(key))
    Wallet.objects.update(blocked_at=NOON)
    with pytest.raises(SpendingStopped):
        spend_once(rich.pk, "data_export", api_key=by(key))
    Wallet.objects.update(blocked_at=None, day_limit=None)
    with pytest.raises(KeyLimitReached):
        spend_once(rich.pk, "data_export", quantity=500, api_key=by(key))
    set_caps(key, Caps(), is_proven=True)
    with pytest.raises(InsufficientTokens, match="short"):
        spend_once(rich.pk, "data_export", quantity=500, api_key=by(key))


def test_what_was_answered_is_answered_again_though_the_cap_is_reached(rich):
    key = make_key(rich, day=10)
    item = Item(ACTION, key="c")
    first = [
        spend_once(rich.pk, ACTION, key="a", api_key=by(key)).usage.pk,
        spend_batch(rich.pk, [item], api_key=by(key)).usage.pk,
    ]
    with pytest.raises(KeyLimitReached):
        spend_once(rich.pk, ACTION, api_key=by(key))
    again = [
        spend_once(rich.pk, ACTION, key="a", api_key=by(key)),
        spend_batch(rich.pk, [item], api_key=by(key)),
    ]
    assert [(spent.usage.pk, spent.is_replay) for spent in again] == [(first[0], True), (first[1], True)]
    with pytest.raises(KeyLimitReached) as refused:
        spend_batch(rich.pk, [item, Item(ACTION, key="d")], api_key=by(key))
    assert refused.value.required == 5
    assert used(key) == (10, 10)


def test_a_hold_that_was_answered_is_answered_again(rich):
    key = make_key(rich, day=5)
    made = hold(rich, ACTION, idempotency_key="a", api_key=by(key))
    assert hold(rich, ACTION, idempotency_key="a", api_key=by(key)).pk == made.pk
    assert used(key) == (5, 5)


@pytest.mark.parametrize("tokens", [4, 400])
def test_a_quote_above_the_cap_is_not_affordable_and_names_no_pack(rich, tokens):
    key = make_key(rich, day=10)
    priced = quote(rich.pk, [(ACTION, tokens)], api_key=by(key))
    assert (priced.affordable, priced.smallest_package) == (False, None)
    assert quote(rich.pk, [(ACTION, 2)], api_key=by(key)).affordable


# --- caps that change -------------------------------------------------------------------------


def test_a_key_that_gets_a_cap_has_used_what_it_spent_in_this_month(alice, time_machine):
    time_machine.move_to(datetime(2026, 10, 31, 23, tzinfo=UTC), tick=False)
    make_lot(alice, tokens=100)
    key, other = make_key(alice), make_key(alice)
    spend_once(alice.pk, ACTION, api_key=by(key))
    time_machine.move_to(datetime(2026, 11, 2, tzinfo=UTC), tick=False)
    spend_once(alice.pk, "import_domain", api_key=by(key))
    time_machine.move_to(NOON, tick=False)
    spend_once(alice.pk, ACTION, api_key=by(key))
    spend_once(alice.pk, ACTION, api_key=by(other))
    release(hold(alice, "data_export", api_key=by(key)))
    set_caps(key, Caps(day=6), is_proven=False)
    assert used(key) == (5, 6)
    assert_books_are_right()
    with pytest.raises(KeyLimitReached):
        spend_once(alice.pk, ACTION, api_key=by(key))


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS.keys())
def test_a_call_that_signed_in_before_the_key_had_a_cap_counts_too(rich, door):
    key = make_key(rich)
    before = by(key)
    set_caps(key, Caps(day=6), is_proven=False)
    door(rich, before)
    with pytest.raises(KeyLimitReached):
        door(rich, before)
    assert used(key)[0] in (5, 6)
    assert_books_are_right()


@pytest.mark.parametrize(
    ("before", "after", "is_raised"),
    [(None, 5, False), (5, 4, False), (5, 0, False), (5, 5, False), (5, 6, True), (5, None, True), (0, 1, True)],
)
@pytest.mark.parametrize("is_month", [False, True])
def test_a_cap_is_lowered_at_once_and_raised_with_proof_only(alice, before, after, is_raised, is_month):
    def caps(cap, other):
        return Caps(other, cap) if is_month else Caps(cap, other)

    key = make_key(alice, *caps(before, 9))
    if is_raised:
        with pytest.raises(PasswordNeeded):
            set_caps(key, caps(after, 1), is_proven=False)
    set_caps(key, caps(after, 1), is_proven=is_raised)
    there = KeyCaps.objects.get()
    assert Caps(there.day_limit, there.month_limit) == caps(after, 1)


def test_only_active_keys_are_remembered_as_having_got_caps(alice):
    keys = [make_key(alice) for _ in range(4)]
    set_caps(keys[0], Caps(day=1), is_proven=False)
    set_caps(keys[1], Caps(day=1), is_proven=False)
    api_keys.revoke(keys[0])
    set_caps(keys[2], Caps(day=1), is_proven=False)
    set_caps(keys[3], Caps(), is_proven=False)
    assert Wallet.objects.get().capped_keys.split() == [str(keys[1].pk), str(keys[2].pk)]


def test_a_key_and_its_successor_share_their_caps(rich):
    old = make_key(rich, day=12, month=20)
    spend_once(rich.pk, ACTION, api_key=by(old))
    new, _ = key_rotation.rotate(old, works_on=key_rotation.DAY, form_key="x" * 24)
    assert used(new) == (5, 5)
    spend_once(rich.pk, ACTION, api_key=by(new))
    for key in (old, new):
        with pytest.raises(KeyLimitReached):
            spend_once(rich.pk, ACTION, api_key=by(key))
    set_caps(new, Caps(day=11), is_proven=True)
    spend_once(rich.pk, "import_domain", api_key=by(old))
    assert used(old) == used(new) == (11, 11)
    assert_books_are_right()
    KeyCaps.objects.update(spent_in_day=0)
    assert len(list(recount())) == 1
    assert used(new) == (11, 11)


# --- the books ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [{"spent_on": None}, {"spent_on": "2026-11-29"}, {"spent_in_day": 7}, {"spent_in_month": 6}, {"spent_in_day": 0}],
    ids=str,
)
def test_counts_that_are_wrong_are_found_and_made_right(rich, fault):
    key, other = make_key(rich, day=100), make_key(rich, month=100)
    spend_once(rich.pk, ACTION, api_key=by(key))
    spend_once(rich.pk, "import_domain", api_key=by(other))
    spend_once(rich.pk, "import_domain")
    KeyCaps.objects.filter(keys=key).update(**fault)
    [found] = audit()
    assert found.startswith(f"Caps {key.caps_id} of an API key of user {rich.pk} count ")
    assert list(recount()) == [found]
    assert (used(key), used(other)) == ((5, 5), (1, 1))
    assert list(recount()) == []
    assert_books_are_right()


# --- at once ------------------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_cap_holds_for_eight_who_spend_at_once(alice):
    make_lot(alice, tokens=500)
    key, other = make_key(alice, day=101), make_key(alice, month=60)

    def live(number):
        mine = by(ApiKey.objects.get(pk=(key if number < 5 else other).pk))
        verbs = [
            lambda: spend_once(alice.pk, ACTION, api_key=mine),
            lambda: spend_items(alice.pk, [(ACTION, 1, {}), ("csv_import", 1, {})], api_key=mine),
            lambda: release(hold(alice.pk, "data_export", api_key=mine)),
            lambda: capture(hold(alice.pk, ACTION, api_key=mine), tokens=3),
        ]
        try:
            for _ in range(20):
                verbs[number % 4]()
        except KeyLimitReached as refused:
            return refused.available
        return None

    assert {type(outcome) for outcome in at_once(live)} <= {int, type(None)}
    for each in (key, other):
        while spendable(read_wallet(alice.pk, by(each)), timezone.now()):
            spend_once(alice.pk, "import_domain", api_key=by(each))
    assert (used(key), used(other)) == ((101, 101), (60, 60))
    assert_books_are_right()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_whoever_spends_while_the_key_gets_its_cap_is_counted(alice):
    make_lot(alice, tokens=500)
    key = make_key(alice)

    def work(number):
        if number == 0:
            return set_caps(key, Caps(day=20), is_proven=False)
        before = api_keys.CallingKey(key.pk)
        return [spend_once(alice.pk, "import_domain", api_key=before).usage.pk for _ in range(5)]

    outcomes = at_once(work)
    spent = sum(TokenUsage.objects.values_list("tokens_spent", flat=True))
    assert used(key) == (spent, spent)
    assert spent <= 35
    assert all(isinstance(each, list | type(None) | KeyLimitReached) for each in outcomes)
    assert_books_are_right()
