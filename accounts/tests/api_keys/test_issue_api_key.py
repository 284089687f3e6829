"""`manage.py issue_api_key USERNAME`."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command

from accounts import api_keys
from accounts.models import ApiKey


def test_the_key_is_the_last_line_and_works(alice, capsys):
    call_command("issue_api_key", "alice", "--name", "CI")

    text = capsys.readouterr().out.splitlines()[-1]
    api_key = ApiKey.objects.get(pk=api_keys.authenticate(text).key_id)
    assert (api_key.user, api_key.name, api_key.expires_at) == (alice, "CI", None)


def test_a_key_can_be_made_to_expire(alice, capsys):
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        call_command("issue_api_key", "alice", "--expires-days", "30")

    assert ApiKey.objects.get().expires_at == now + timedelta(days=30)
    assert "(shown once, expires 2026-12-22):" in capsys.readouterr().out


def test_an_unknown_user_is_one_clear_sentence(db):
    with pytest.raises(CommandError, match=r"^Unknown user “nobody”\.$"):
        call_command("issue_api_key", "nobody")


@pytest.mark.parametrize("days", ["0", "-1", "99999"])
def test_a_senseless_lifetime_is_refused(alice, days):
    with pytest.raises(CommandError, match="1 to 3650 days"):
        call_command("issue_api_key", "alice", "--expires-days", days)
    assert ApiKey.objects.count() == 0
