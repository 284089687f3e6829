"""`manage.py issue_api_key USERNAME`."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command

from accounts import api_keys
from accounts.models import ApiKey

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_the_key_is_the_last_line_and_works(alice, capsys):
    with time_machine.travel(NOW, tick=False):
        call_command("issue_api_key", "alice", "--name", "CI")

    text = capsys.readouterr().out.splitlines()[-1]
    api_key = ApiKey.objects.get(pk=api_keys.authenticate(text).key_id)
    assert (api_key.user, api_key.name, api_key.scopes) == (alice, "CI", "read spend buy domains")
    assert api_key.expires_at == NOW + timedelta(days=365)


def test_a_key_can_be_made_to_expire(alice, capsys):
    with time_machine.travel(NOW, tick=False):
        call_command("issue_api_key", "alice", "--expires-days", "30")

    assert ApiKey.objects.get().expires_at == NOW + timedelta(days=30)
    assert "(shown once, expires 2026-12-22):" in capsys.readouterr().out


def test_an_unknown_user_is_one_clear_sentence(db):
    with pytest.raises(CommandError, match=r"^Unknown user “nobody”\.$"):
        call_command("issue_api_key", "nobody")


@pytest.mark.parametrize("days", ["0", "-1", "99999"])
def test_a_senseless_lifetime_is_refused(alice, days):
    with pytest.raises(CommandError, match="1 to 3650 days"):
        call_command("issue_api_key", "alice", "--expires-days", days)
    assert ApiKey.objects.count() == 0


@pytest.mark.parametrize("written", ["spend,read", " read , spend", "read,spend,read,"])
def test_a_key_may_do_what_was_asked_for_until_the_end_of_its_last_day(alice, written, capsys):
    with time_machine.travel(NOW, tick=False):
        call_command("issue_api_key", "alice", "--scopes", written, "--expires", "2027-01-31")

    key = ApiKey.objects.get()
    assert (key.scopes, key.expires_at) == ("read spend", datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC))
    assert "(shown once, expires 2027-01-31):" in capsys.readouterr().out


def test_a_key_may_be_made_for_ever(alice):
    call_command("issue_api_key", "alice", "--expires", "never")
    assert ApiKey.objects.get().expires_at is None


KNOWN = "Use: read, spend, buy, domains, account."


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--scopes", "read,fly"], f"Unknown scope “fly”. {KNOWN}"),
        (["--scopes", "Read"], f"Unknown scope “Read”. {KNOWN}"),
        (["--scopes", "read spend"], f"Unknown scope “read spend”. {KNOWN}"),
        (["--scopes", ""], f"A key needs at least one scope. {KNOWN}"),
        (["--scopes", " , "], f"A key needs at least one scope. {KNOWN}"),
        (["--expires", "tomorrow"], "--expires takes a date such as 2027-01-31, or never (got “tomorrow”)."),
        (["--expires", "2027-02-30"], "--expires takes a date such as 2027-01-31, or never (got “2027-02-30”)."),
        (["--expires", "2026-11-21"], "--expires takes a day from today on, at most 3650 days ahead (got 2026-11-21)."),
        (["--expires", "9999-12-31"], "--expires takes a day from today on, at most 3650 days ahead (got 9999-12-31)."),
    ],
)
def test_a_senseless_scope_or_day_is_refused_in_a_sentence(alice, options, sentence):
    with time_machine.travel(NOW, tick=False), pytest.raises(CommandError) as refused:
        call_command("issue_api_key", "alice", *options)
    assert (str(refused.value), ApiKey.objects.count()) == (sentence, 0)


def test_a_key_may_be_made_with_caps(alice):
    call_command("issue_api_key", "alice", "--daily-cap", "100", "--monthly-cap", "2000")
    caps = ApiKey.objects.get().caps
    assert caps is not None
    assert (caps.user, caps.day_limit, caps.month_limit) == (alice, 100, 2000)


@pytest.mark.parametrize(("daily", "monthly"), [("-1", "5"), ("5", "-1"), ("9999999999", "5")])
def test_senseless_caps_are_refused(alice, daily, monthly):
    with pytest.raises(CommandError, match="take 0 to 1000000000 tokens"):
        call_command("issue_api_key", "alice", f"--daily-cap={daily}", f"--monthly-cap={monthly}")
    assert ApiKey.objects.count() == 0
