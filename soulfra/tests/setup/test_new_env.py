"""`new_env --production` writes settings that a real shop starts with, once, for its owner alone."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from devtools.testing import environment
from soulfra.management.commands import new_env

VARIABLE = re.compile(r"^(\w+)=(.*)$", re.MULTILINE)
FILLED_IN = {
    "EMAIL_URL": "smtp+tls://user:password@mail.example.com:587",
    "STRIPE_SECRET_KEY": "sk_live_0a1b2c3d4e5f",
    "STRIPE_PUBLISHABLE_KEY": "pk_live_0a1b2c3d4e5f",
    "STRIPE_WEBHOOK_SECRET": "whsec_0a1b2c3d4e5f6g7h8i",
}


def manage(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Without any settings, but those that a test gives."""
    env = {"PATH": os.environ["PATH"], **environment}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=settings.BASE_DIR, env=env, capture_output=True, text=True)


def test_what_it_writes_passes_every_check_of_production_once_it_is_filled_in():
    written = manage("new_env", "--production", "--host", "Shop.Example.com", "--print")
    variables = dict(VARIABLE.findall(written.stdout))
    assert {name for name, value in variables.items() if not value} == set(FILLED_IN)
    assert (variables["ALLOWED_HOSTS"], variables["SITE_URL"]) == ("shop.example.com", "https://shop.example.com")
    checked = manage("check", "--deploy", "--fail-level", "WARNING", **(variables | FILLED_IN))
    assert (checked.returncode, checked.stderr) == (0, "")


def test_without_a_host_it_says_what_else_to_fill_in(tmp_path):
    written = manage("new_env", "--production", "--output", str(tmp_path / "env"))
    assert (
        "Fill in ALLOWED_HOSTS, SITE_URL, EMAIL_URL, DEFAULT_FROM_EMAIL, STRIPE_SECRET_KEY, STRIPE_PUBLISHABLE_KEY, "
        "STRIPE_WEBHOOK_SECRET; then"
    ) in written.stdout


def test_each_file_has_secrets_of_its_own_and_is_its_owners_alone(tmp_path):
    for name in ("first", "second"):
        assert manage("new_env", "--production", "--output", str(tmp_path / name)).returncode == 0
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    first, second = (dict(VARIABLE.findall((tmp_path / name).read_text())) for name in ("first", "second"))
    assert {name for name in first if first[name] != second[name]} == {
        "SECRET_KEY",
        "MFA_ENCRYPTION_KEYS",
        "POSTGRES_PASSWORD",
    }
    assert sorted(file.name for file in tmp_path.iterdir()) == ["first", "second"]


@pytest.mark.parametrize("make", [Path.touch, lambda file: file.symlink_to("nowhere"), Path.mkdir])
def test_nothing_that_is_there_is_overwritten(tmp_path, make):
    file = tmp_path / ".env"
    make(file)
    refused = manage("new_env", "--production", "--output", str(file))
    assert (refused.returncode, refused.stderr) == (
        1,
        f"CommandError: {file} is there and is not overwritten, since its secrets may be in use: move it away first.\n",
    )
    assert [each.name for each in tmp_path.iterdir()] == [".env"]
    assert not file.exists() or file.is_dir() or not file.read_text()


def test_a_place_that_cannot_be_written_is_said_in_a_sentence(tmp_path):
    refused = manage("new_env", "--production", "--output", str(tmp_path / "none" / "env"))
    assert refused.stderr == f"CommandError: {tmp_path}/none/env can't be written: No such file or directory.\n"


@pytest.mark.parametrize(
    "host", ["https://shop.example.com", "shop.example.com:443", "shop", "*", "a b.c", ".example.com"]
)
def test_a_host_that_is_none_is_refused(host):
    refused = manage("new_env", "--production", "--print", "--host", host)
    assert (refused.returncode, "--host must be a name such as" in refused.stderr, refused.stdout) == (1, True, "")


def test_settings_of_development_are_not_its_business():
    refused = manage("new_env")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "Add --production" in refused.stderr


def test_every_name_it_writes_is_a_setting():
    text = new_env.settings_for("shop.example.com")
    assert {name for name, _ in VARIABLE.findall(text)} - set(environment.TESTS) == {"POSTGRES_PASSWORD"}
