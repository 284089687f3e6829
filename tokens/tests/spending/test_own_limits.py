"""Limits of one's own: exact however tokens are spent, whatever the clock says, and raised with the password only."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from tokens.errors import InsufficientTokens, LimitReached, PasswordNeeded, SpendingStopped
from tokens.ledger.limits import limits_of
from tokens.ledger.recounting import recount
from tokens.ledger.wallet import read_wallet
from tokens.models import TokenUsage, Wallet
from tokens.spending.holds import capture, hold, release
from tokens.spending.own_limits import set_limits
from tokens.spending.quote import quote
from tokens.spending.spends import spend, spend_many
from tokens.staff.grants import deduct
from tokens.testing.ledger_rows import assert_books_are_right, make_lot
from tokens.testing.office import hire
from tokens.testing.races import at_once
from tokens.web.refusals import problem_type

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
ACTION, COST = "ai_analysis", 5


@pytest.fixture
def rich(alice, time_machine):
    """alice on the last day of a month, with many tokens."""
    time_machine.move_to(NOON, tick=False)
    make_lot(alice, tokens=1000)
    return alice


def spent(user):
    """What counts toward the limits of the day and the month."""
    return tuple(limit.spent for limit in limits_of(read_wallet(user.pk), timezone.now()))


DOORS = {
    "a spend": lambda user: spend(user, ACTION),
    "a spend with a key": lambda user: spend(user, ACTION, idempotency_key=f"{TokenUsage.objects.count()}"),
    "some in one call": lambda user: spend_many(user, [("csv_import", {}), ("csv_import", {}), ("import_domain", {})]),
    "a hold": lambda user: hold(user, ACTION),
    "a captured hold": lambda user: capture(hold(user, ACTION)),
}


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS.keys())
@pytest.mark.parametrize("limits", [{"day": 12}, {"month": 12}, {"day": 12, "month": 20}], ids=str)
def test_at_every_door_two_fit_and_the_third_is_refused(rich, door, limits):
    set_limits(rich.pk, limits, is_proven=False)
    door(rich)
    door(rich)
    with pytest.raises(LimitReached) as refused:
        door(rich)
    period = "day" if "day" in limits else "month"
    assert refused.value.more == {"period": period, "limit": 12, "spent": 10, "resets_at": "2026-12-01T00:00:00Z"}
    assert spent(rich) == (10, 10)
    assert refused.value.available == 2
    assert_books_are_right()


def test_what_is_exactly_left_may_be_spent(rich):
    set_limits(rich.pk, {"day": 10, "month": 15}, is_proven=False)
    spend(rich, ACTION, quantity=2)
    with pytest.raises(LimitReached, match="your daily limit is 10, of which 10 are used"):
        spend(rich, "import_domain")
    assert TokenUsage.objects.count() == 1


def test_the_day_and_the_month_begin_again_at_midnight_utc(rich, time_machine):
    set_limits(rich.pk, {"day": 5, "month": 8}, is_proven=False)
    spend(rich, ACTION)
    time_machine.move_to(datetime(2026, 12, 1, tzinfo=UTC), tick=False)
    assert spent(rich) == (0, 0)
    spend(rich, ACTION)
    time_machine.move_to(datetime(2026, 12, 2, tzinfo=UTC), tick=False)
    assert spent(rich) == (0, 5)
    with pytest.raises(LimitReached) as refused:
        spend(rich, ACTION)
    assert (refused.value.more["period"], refused.value.more["resets_at"]) == ("month", "2027-01-01T00:00:00Z")
    spend(rich, "import_domain")
    assert spent(rich) == (1, 6)
    assert_books_are_right()


def test_a_clock_that_is_behind_spends_no_second_day(rich, time_machine):
    set_limits(rich.pk, {"day": 5}, is_proven=False)
    time_machine.move_to(datetime(2026, 12, 1, 0, 0, 1, tzinfo=UTC), tick=False)
    spend(rich, ACTION)
    time_machine.move_to(NOON, tick=False)
    with pytest.raises(LimitReached):
        spend(rich, "import_domain")
    assert spent(rich) == (5, 5)
    assert_books_are_right()


def test_what_a_hold_gives_back_counts_no_more(rich, time_machine):
    set_limits(rich.pk, {"day": 20, "month": 30}, is_proven=False)
    first, second = (hold(rich, "data_export", tokens=10) for _ in range(2))
    assert spent(rich) == (20, 20)
    capture(first, tokens=4)
    assert spent(rich) == (14, 14)
    release(second)
    assert spent(rich) == (4, 4)
    hold(rich, "data_export", tokens=10, expires_in=timedelta(hours=1))
    time_machine.shift(timedelta(hours=2))
    spend(rich, "import_domain")  # which releases what has run out
    assert spent(rich) == (5, 5)
    assert_books_are_right()


@pytest.mark.parametrize(
    ("made", "ended", "counted"),
    [
        (datetime(2026, 11, 29, 23, 59, tzinfo=UTC), NOON, (1, 1)),  # another day of the month
        (datetime(2026, 10, 31, 23, 59, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC), (1, 1)),  # another month
        (datetime(2026, 10, 31, 23, 59, tzinfo=UTC), datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC), (1, 1)),
    ],
)
def test_a_hold_is_given_back_to_the_day_that_it_was_made_on(alice, time_machine, made, ended, counted):
    time_machine.move_to(made, tick=False)
    make_lot(alice, tokens=100)
    usage = hold(alice, "data_export", expires_in=timedelta(days=2))
    time_machine.move_to(ended, tick=False)
    spend(alice, "import_domain")
    release(usage)
    assert spent(alice) == counted
    assert_books_are_right()


def test_a_hold_released_on_a_day_without_a_spend(alice, time_machine):
    time_machine.move_to(NOON, tick=False)
    make_lot(alice, tokens=100)
    usage = hold(alice, "data_export", expires_in=timedelta(days=2))
    time_machine.shift(timedelta(days=1))
    release(usage)
    assert spent(alice) == (0, 0)
    assert_books_are_right()


def test_what_staff_take_is_no_spend(rich):
    set_limits(rich.pk, {"day": 1}, is_proven=False)
    deduct(rich, tokens=50, reason="Correction", by=hire("finance"))
    assert spent(rich) == (0, 0)


def test_the_limit_stands_before_the_balance_and_a_suspension_before_the_limit(rich):
    set_limits(rich.pk, {"day": 2}, is_proven=False)
    with pytest.raises(LimitReached):
        spend(rich, "data_export", quantity=500)
    Wallet.objects.update(blocked_at=NOON)
    with pytest.raises(SpendingStopped):
        spend(rich, "data_export")
    Wallet.objects.update(blocked_at=None)
    set_limits(rich.pk, {"day": None}, is_proven=True)
    with pytest.raises(InsufficientTokens, match="short"):
        spend(rich, "data_export", quantity=500)


@pytest.mark.parametrize(
    ("before", "after", "is_raised"),
    [(None, 5, False), (5, 4, False), (5, 0, False), (5, 5, False), (5, 6, True), (5, None, True), (0, 1, True)],
)
@pytest.mark.parametrize("period", ["day", "month"])
def test_a_limit_is_lowered_at_once_and_raised_with_proof_only(alice, period, before, after, is_raised):
    set_limits(alice.pk, {period: before}, is_proven=True)
    if is_raised:
        with pytest.raises(PasswordNeeded):
            set_limits(alice.pk, {period: after, "day" if period == "month" else "month": 1}, is_proven=False)
        assert [limit.limit for limit in limits_of(read_wallet(alice.pk), timezone.now())].count(1) == 0
    set_limits(alice.pk, {period: after}, is_proven=is_raised)
    assert {limit.period: limit.limit for limit in limits_of(read_wallet(alice.pk), timezone.now())}[period] == after


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_limit_holds_for_eight_who_spend_at_once(alice):
    make_lot(alice, tokens=500)
    set_limits(alice.pk, {"day": 101}, is_proven=False)

    def live(number):
        verbs = [lambda: spend(alice.pk, ACTION), lambda: spend_many(alice.pk, [(ACTION, {}), ("csv_import", {})])]
        verbs += [lambda: release(hold(alice.pk, "data_export")), lambda: capture(hold(alice.pk, ACTION))]
        try:
            for _ in range(20):
                verbs[number % 4]()
        except LimitReached as refused:
            return refused.available
        return None

    assert {type(outcome) for outcome in at_once(live)} <= {int, type(None)}
    while True:
        try:
            spend(alice.pk, "import_domain")
        except LimitReached:
            break
    assert spent(alice) == (101, 101)
    assert_books_are_right()


@pytest.mark.parametrize("tokens", [4, 40, 400])
def test_a_quote_above_the_limit_is_not_affordable_and_names_no_pack(rich, tokens):
    set_limits(rich.pk, {"day": 10}, is_proven=False)
    priced = quote(rich.pk, [("ai_analysis", tokens)])
    assert (priced.affordable, priced.smallest_package) == (False, None)
    assert quote(rich.pk, [("ai_analysis", 2)]).affordable


def test_what_never_fits_is_not_told_to_wait(rich):
    set_limits(rich.pk, {"day": 10}, is_proven=False)
    with pytest.raises(LimitReached, match="more than your daily limit of 10"):
        spend(rich, ACTION, quantity=3)


def test_a_hold_that_a_version_before_made_gives_no_more_than_the_limit(rich):
    spend(rich, ACTION)
    before = Wallet.objects.values("spent_on", "spent_in_day", "spent_in_month").get()
    usage = hold(rich, "data_export", tokens=200)
    Wallet.objects.update(**before)
    release(usage)
    assert spent(rich) == (0, 0)
    assert list(recount()) != []
    assert spent(rich) == (5, 5)


@pytest.mark.parametrize("before", [{"spent_on": None}, {"spent_on": "2026-11-29"}, {"spent_in_day": 7}], ids=str)
def test_what_a_version_before_spent_is_recounted(rich, before):
    spend(rich, ACTION)
    Wallet.objects.update(**before)
    assert [sentence.startswith(f"The wallet of user {rich.pk} counts") for sentence in recount()] == [True]
    assert spent(rich) == (5, 5)
    assert_books_are_right()


# --- the doors ------------------------------------------------------------------------------


def test_by_api_a_limit_is_read_and_lowered(rich, api):
    client = api(rich)
    spend(rich, ACTION)
    ends = "2026-12-01T00:00:00Z"
    before = {"limit": None, "spent": 5, "left": None, "resets_at": ends}
    assert client.get("/api/tokens/limits").json() == {"day": before, "month": before, "alert_below": 100}
    answer = client.patch("/api/tokens/limits", {"day": 8, "alert_below": 30}, format="json")
    now = {"limit": 8, "spent": 5, "left": 3, "resets_at": ends}
    assert answer.json() == {"day": now, "month": before, "alert_below": 30}
    refused = client.post("/api/tokens/spend", {"action": ACTION}, format="json")
    assert refused.status_code == 402
    assert refused.json() == {
        "type": problem_type("limit-reached"),
        "title": "Limit reached",
        "status": 402,
        "detail": refused.json()["detail"],
        "error": "Limit reached",
        "required": 5,
        "balance": 995,
        "available": 3,
        "period": "day",
        "limit": 8,
        "spent": 5,
        "resets_at": ends,
    }


@pytest.mark.parametrize("body", [{"day": 9}, {"day": None}, {"month": 4, "day": 9}], ids=str)
def test_by_api_no_limit_is_raised(alice, api, body):
    set_limits(alice.pk, {"day": 8}, is_proven=False)
    answer = api(alice).patch("/api/tokens/limits", body, format="json")
    assert (answer.status_code, answer.json()["type"]) == (403, problem_type("password-needed"))
    assert read_wallet(alice.pk).month_limit is None


@pytest.mark.parametrize(("body", "at"), [({"day": -1}, "day"), ({"day": "5"}, "day"), ({"week": 5}, "week")], ids=str)
def test_by_api_nonsense_is_refused(alice, api, body, at):
    answer = api(alice).patch("/api/tokens/limits", body, format="json")
    assert answer.status_code == 400
    assert at in answer.content.decode()


PAGE = "/tokens/limits"


def test_on_the_page_a_limit_is_set_and_shown(rich, client):
    client.force_login(rich)
    spend(rich, ACTION)
    answer = client.post(PAGE, {"day": "8", "month": ""}, follow=True)
    assert "5 of 8" in answer.content.decode()
    assert read_wallet(rich.pk).day_limit == 8
    assert "5 of 8" in client.get("/accounts/").content.decode()
    assert "Today: 5 of 8 spent" in " ".join(client.get("/tokens/").content.decode().split())


@pytest.mark.parametrize(
    ("password", "says", "limit"),
    [("", "Enter your password to raise", 8), ("wrong", "password", 8), ("right", "Changes saved", 9)],
)
def test_on_the_page_a_limit_is_raised_with_the_password(alice, client, password, says, limit):
    alice.set_password("right")
    alice.save()
    client.force_login(alice)
    set_limits(alice.pk, {"day": 8}, is_proven=False)
    answer = client.post(PAGE, {"day": "9", "month": "", "password": password}, follow=True)
    assert says in answer.content.decode()
    assert read_wallet(alice.pk).day_limit == limit


def test_passwords_are_not_tried_one_after_the_other(alice, client):
    client.force_login(alice)
    set_limits(alice.pk, {"day": 8}, is_proven=False)
    codes = [client.post(PAGE, {"day": "9", "password": f"{number}"}).status_code for number in range(30)]
    assert 429 in codes


@pytest.mark.parametrize("text", ["-1", "many", "1e3", "99999999999"])
def test_on_the_page_nonsense_is_refused_in_words(alice, client, text):
    client.force_login(alice)
    assert 'class="errors"' in client.post(PAGE, {"day": text}).content.decode()
    assert 'class="errors"' in client.post(PAGE, {"below": text}).content.decode()
    assert read_wallet(alice.pk).day_limit is None
