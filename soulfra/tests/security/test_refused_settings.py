"""A shop whose secrets can be guessed, or where customers would pay with play money, does not start."""

import os
import secrets
import subprocess
import sys
import time

import pytest
from django.conf import settings as shop

from devtools import processes
from devtools.testing import environment
from soulfra.checks import hosts_and_proxies, mail_in_production, sandbox_in_production, secrets_in_production

GUESSABLE = [
    "change-me",
    "secret",
    "x" * 64,
    "your-secret-key-here-" * 4,
    "django-insecure-" + "0123456789abcdef" * 4,
    "Sh0rt",
]


def ids(found):
    return [check.id for check in found]


@pytest.mark.parametrize("key", GUESSABLE)
def test_a_key_that_can_be_guessed_signs_no_sessions(settings, key):
    settings.SECRET_KEY = key
    assert ids(secrets_in_production(None)) == ["soulfra.E011"]
    settings.DEBUG = True
    assert secrets_in_production(None) == []


@pytest.mark.parametrize("secret", ["whsec_change-me", "whsec_", "whsec_test", "whsec_xxxxxxxxxxxxxxxxxxxxxxxx", "abc"])
@pytest.mark.parametrize("is_sandbox", [True, False])
def test_a_webhook_secret_that_can_be_guessed_verifies_nothing(settings, secret, is_sandbox):
    settings.STRIPE_WEBHOOK_SECRET, settings.STRIPE_SANDBOX = secret, is_sandbox
    assert ids(secrets_in_production(None)) == ["soulfra.E012"]


def test_of_two_webhook_secrets_neither_may_be_guessed(settings):
    settings.STRIPE_WEBHOOK_SECRET += ",whsec_change-me"
    assert ids(secrets_in_production(None)) == ["soulfra.E012"]


@pytest.mark.parametrize("draw", [lambda: secrets.token_urlsafe(50), lambda: secrets.token_hex(24)])
def test_what_was_drawn_by_chance_is_never_taken_for_a_placeholder(settings, draw):
    for _ in range(300):
        settings.SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = draw(), "whsec_" + secrets.token_urlsafe(24)
        assert secrets_in_production(None) == []


def test_a_deployed_shop_takes_play_money_only_on_purpose(settings):
    settings.ALLOW_SANDBOX = False
    assert ids(sandbox_in_production(None)) == ["soulfra.E013"]
    settings.ALLOW_SANDBOX = True
    assert ids(sandbox_in_production(None)) == ["soulfra.W001"]
    settings.ALLOW_SANDBOX, settings.DEBUG = False, True
    assert sandbox_in_production(None) == []


def test_a_deployed_shop_needs_a_way_to_send_emails(settings):
    settings.EMAIL_URL = ""
    assert ids(mail_in_production(None)) == ["soulfra.E014"]
    settings.DEBUG = True
    assert mail_in_production(None) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "change-me"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_change-me"),
        ("EMAIL_URL", ""),
        ("ALLOW_SANDBOX", "false"),
    ],
)
def test_no_server_gets_an_application_that_is_set_up_so(name, value):
    """Gunicorn and others load `soulfra.wsgi` without asking Django's checks themselves."""
    variables = {**os.environ, **environment.TESTS, "DJANGO_SETTINGS_MODULE": "soulfra.settings", name: value}
    loaded = subprocess.run(
        [sys.executable, "-c", "import soulfra.wsgi"], cwd=shop.BASE_DIR, env=variables, capture_output=True, text=True
    )
    assert loaded.returncode == 1
    assert name in loaded.stderr
    assert "Traceback" not in loaded.stderr


def test_the_example_of_settings_holds_no_secret():
    lines = (shop.BASE_DIR / ".env.example").read_text().splitlines()
    assert {"SECRET_KEY=", "STRIPE_WEBHOOK_SECRET="} <= set(lines)


def test_a_database_is_its_owners_alone(tmp_path):
    variables = {**os.environ, **environment.TESTS, "DATABASE_URL": f"sqlite:///{tmp_path}/shop.db"}
    command = [sys.executable, "manage.py", "migrate", "--check"]
    subprocess.run(command, cwd=shop.BASE_DIR, env=variables, capture_output=True)
    assert readable_by_others(tmp_path) == []


def test_the_store_of_the_sandbox_is_its_owners_alone(tmp_path):
    command = [sys.executable, "-m", "stripe_sandbox", "serve", "--store", f"{tmp_path}/store.db"]
    sandbox = processes.start(command, cwd=shop.BASE_DIR, env={**os.environ, **environment.TESTS})
    try:
        give_up_at = time.monotonic() + 30
        while not (tmp_path / "store.db.address").exists() and time.monotonic() < give_up_at:
            time.sleep(0.05)
    finally:
        processes.end(sandbox)
    assert readable_by_others(tmp_path) == []


def readable_by_others(directory):
    files = list(directory.iterdir())
    assert files
    return [file.name for file in files if file.stat().st_mode & 0o077]


def test_a_shop_that_answers_to_any_name_or_believes_a_negative_number_of_proxies_does_not_start(settings):
    assert hosts_and_proxies(None) == []
    settings.ALLOWED_HOSTS, settings.NUM_PROXIES = ["shop.test", "*"], -1
    assert ids(hosts_and_proxies(None)) == ["soulfra.E016", "soulfra.E017"]
