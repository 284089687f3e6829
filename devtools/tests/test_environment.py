"""The environments of tests and checks, and `.env.example`, keep up with settings.py."""

import os
import re
from pathlib import Path

import pytest
from django.conf import settings

from devtools.testing import environment

READ = ("settings.py", "databases.py", "encryption.py")
SETTINGS = "\n".join(Path(settings.BASE_DIR, "soulfra", name).read_text() for name in READ)
VARIABLES = set(re.findall(r'\benv(?:\.\w+\(|,)\s*"([A-Z_]+)"', SETTINGS))


@pytest.mark.parametrize("given", [environment.TESTS, environment.PRODUCTION], ids=["tests", "production"])
def test_every_variable_of_the_settings_is_given_so_that_no_env_file_counts(given: dict[str, str]) -> None:
    assert set(given) == VARIABLES


def test_the_example_names_every_variable_of_the_settings() -> None:
    example = Path(settings.BASE_DIR, ".env.example").read_text()
    assert set(re.findall(r"^#?\s?([A-Z_]+)=", example, re.MULTILINE)) == VARIABLES


def test_no_test_can_reach_a_real_stripe_by_accident() -> None:
    """Port 9 answers nobody; whoever needs a Stripe points the settings at a sandbox of the test."""
    assert (os.environ["STRIPE_API_BASE"], os.environ["STRIPE_ENABLED"]) == ("http://127.0.0.1:9", "false")
