"""What `./dev test` runs a second time, on SQLite."""

from pathlib import Path

import pytest
from django.conf import settings


@pytest.fixture
def patterns(pytestconfig: pytest.Config) -> list[str]:
    [ours] = [
        plugin
        for plugin in pytestconfig.pluginmanager.get_plugins()
        if getattr(plugin, "__file__", None) == str(Path(settings.BASE_DIR, "conftest.py"))
    ]
    return list(ours.AGAIN_ON_SQLITE)


def test_every_name_on_the_list_of_the_second_pass_is_that_of_tests_which_are_there(patterns: list[str]) -> None:
    """Tests that were renamed would be left out of it in silence."""
    assert [pattern for pattern in patterns if not list(Path(settings.BASE_DIR).glob(pattern))] == []
