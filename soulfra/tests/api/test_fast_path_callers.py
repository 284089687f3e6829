"""Who calls the fast path, and how often: refused and counted as at REST framework's door."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import throttling
from accounts.models import ApiKey
from devtools.testing.factories import UserFactory
from soulfra.testing.two_doors import NOON, Caller
from tokens.ledger.wallet import get_token_balance
from tokens.models import TokenUsage
from tokens.testing.ledger_rows import assert_books_are_right
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db
BALANCE, SPEND = "/api/tokens/balance", "/api/tokens/spend"
ANALYSIS = {"action": "ai_analysis"}


# --- callers ---------------------------------------------------------------------------------------


def test_a_user_without_a_wallet_has_nothing(doors):
    for caller in doors.callers:
        caller.user = UserFactory.create()
        ApiKey.objects.filter(pk=caller.key.pk).update(user=caller.user)
    assert doors.call("GET", BALANCE) == (200, True)
    assert doors.call("POST", SPEND, ANALYSIS) == (402, False)


@pytest.mark.parametrize("request_", [("GET", BALANCE), ("POST", SPEND, ANALYSIS)], ids=["balance", "spend"])
@pytest.mark.parametrize("field", ["revoked_at", "expires_at"])
def test_a_key_that_is_shut_is_refused_and_does_nothing(doors, request_, field):
    doors.both(lambda caller: ApiKey.objects.filter(pk=caller.key.pk).update(created_at=NOON - timedelta(1)))
    doors.both(lambda caller: ApiKey.objects.filter(pk=caller.key.pk).update(**{field: timezone.now()}))
    assert doors.call(*request_) == (401, False)


@pytest.mark.parametrize("request_", [("GET", BALANCE), ("POST", SPEND, ANALYSIS)], ids=["balance", "spend"])
def test_an_owner_who_is_shut_out_is_refused_and_does_nothing(doors, request_):
    doors.both(lambda caller: type(caller.user).objects.filter(pk=caller.user.pk).update(is_active=False))
    assert doors.call(*request_) == (401, False)


def test_a_use_is_noted_after_a_plain_answer(doors):
    doors.both(lambda caller: ApiKey.objects.filter(pk=caller.key.pk).update(last_used_at=NOON - timedelta(minutes=1)))
    assert doors.call("POST", SPEND, ANALYSIS)[0] == 200
    assert [ApiKey.objects.get(pk=caller.key.pk).last_used_at for caller in doors.callers] == [NOON, NOON]


def test_too_few_tokens_are_refused_by_rest_framework(doors):
    for status, is_plain in [(200, True)] * 10 + [(402, False)]:
        assert doors.call("POST", SPEND, {"action": "data_export"}) == (status, is_plain)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", [None, "k"], ids=["each by itself", "all the same"])
def test_calls_at_once_spend_what_there_is_and_a_key_spends_once(key):
    caller = Caller()
    headers = {"idempotency_key": key} if key else {}

    answers = at_once(lambda _: caller.call("POST", SPEND, {"action": "data_export"}, **headers), times=12)

    assert sorted(status for status, _, _ in answers) == ([200] * 12 if key else [200] * 10 + [402] * 2)
    assert get_token_balance(caller.user.pk) == (90 if key else 0)
    assert TokenUsage.objects.count() == (1 if key else 10)
    assert_books_are_right()


# --- too many calls ---------------------------------------------------------------------------------


def test_each_call_counts_once_whichever_door_answers(doors, settings):
    settings.API_BURST, settings.API_REQUESTS_PER_MINUTE = 6, 1
    steps = [
        ("GET", BALANCE),
        ("POST", SPEND, ANALYSIS),
        ("POST", SPEND, {"action": "fly"}),
        ("GET", BALANCE, {}),
        ("POST", SPEND, {"action": "data_export"}),
        ("GET", BALANCE),
        ("GET", BALANCE),
        ("POST", SPEND, ANALYSIS),
    ]
    assert [doors.call(*step) for step in steps] == [
        (200, True),
        (200, True),
        (400, False),
        (200, False),
        (200, True),
        (200, True),
        (429, False),
        (429, False),
    ]


def test_keys_that_nobody_has_are_not_remembered(doors, monkeypatch):
    monkeypatch.setattr(throttling, "buckets", throttling.Buckets())
    for n in range(5):
        doors.callers[0].call("GET", BALANCE, authorization=f"Bearer tk_test_{n}")
    assert len(throttling.buckets) == 1  # the one is the address they came from
