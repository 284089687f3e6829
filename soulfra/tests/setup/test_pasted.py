"""What comes along when a key is pasted is cut off; each way to start refuses what is left and cannot be meant."""

import os
import subprocess
import sys

import environ
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from devtools.testing.environment import TESTS
from soulfra import pasted

ENV = environ.Env()


@pytest.mark.parametrize(
    "around", [" {} ", "{}\n", "\r\n{}\r\n", "'{}'", '"{}"', "“{}”", "\ufeff{}\u200b", '\t"{}" \n', "\u00a0{}"]
)
def test_what_stands_around_a_key_is_cut_off(monkeypatch, around):
    monkeypatch.setenv("STRIPE_SECRET_KEY", around.format("sk_test_1"))
    assert pasted.text(ENV, "STRIPE_SECRET_KEY") == "sk_test_1"


def test_what_stands_around_each_of_two_secrets_is_cut_off(monkeypatch):
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", " whsec_a , 'whsec_b'\n")
    assert pasted.text(ENV, "STRIPE_WEBHOOK_SECRET") == "whsec_a,whsec_b"


@pytest.mark.parametrize("nothing", ["", " ", "\n", "''"])
def test_an_empty_value_is_none(monkeypatch, nothing):
    monkeypatch.setenv("STRIPE_SECRET_KEY", nothing)
    assert pasted.text(ENV, "STRIPE_SECRET_KEY", "sk_test_sandbox") == "sk_test_sandbox"


@pytest.mark.parametrize(("value", "expected"), [(" True\n", True), ("'false'", False), ("", False), ("ON", True)])
def test_a_switch_is_read_with_what_stands_around_it(monkeypatch, value, expected):
    monkeypatch.setenv("STRIPE_ENABLED", value)
    assert pasted.flag(ENV, "STRIPE_ENABLED", because="so") is expected


@pytest.mark.parametrize("value", ["tru", "maybe", "…", "true false"])
def test_a_switch_that_is_neither_on_nor_off_is_refused(monkeypatch, value):
    monkeypatch.setenv("STRIPE_ENABLED", value)
    with pytest.raises(ImproperlyConfigured, match="must be true or false"):
        pasted.flag(ENV, "STRIPE_ENABLED", because="so")


@pytest.mark.parametrize("value", ["soon", "0", "-1", "nan", "inf", "1 000"])
def test_a_time_that_is_none_is_refused(monkeypatch, value):
    monkeypatch.setenv("STRIPE_DEADLINE_SECONDS", value)
    with pytest.raises(ImproperlyConfigured, match="above zero"):
        pasted.seconds(ENV, "STRIPE_DEADLINE_SECONDS", 20)


@pytest.mark.parametrize("value", ["-1", "soon", "1.5", "²", "1000000", "0"])
def test_a_number_that_is_none_is_refused(monkeypatch, value):
    monkeypatch.setenv("QUOTE_DAYS", value)
    with pytest.raises(ImproperlyConfigured, match=r"QUOTE_DAYS is '.+': set a whole number from 1 to 99999"):
        pasted.whole(ENV, "QUOTE_DAYS", 1, least=1)


@pytest.mark.parametrize("command", [["run_shop", "127.0.0.1:0", "--noreload"], ["worker"], ["reconcile"]])
def test_every_way_to_start_refuses_a_key_that_is_none_in_a_sentence(command):
    env = {**os.environ, **TESTS, "DATABASE_URL": "sqlite://", "STRIPE_WEBHOOK_SECRET": "whsec_…"}
    started = [sys.executable, "manage.py", *command]
    done = subprocess.run(started, cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "STRIPE_WEBHOOK_SECRET holds “…”, which no key does." in done.stderr
    assert "Traceback" not in done.stderr
