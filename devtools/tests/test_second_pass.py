"""What `./dev test` runs a second time, on SQLite."""

from pathlib import Path

from django.conf import settings

from devtools.testing.second_pass import AGAIN_ON_SQLITE


def test_every_name_on_the_list_of_the_second_pass_is_that_of_tests_which_are_there() -> None:
    """Tests that were renamed would be left out of it in silence."""
    assert [pattern for pattern in AGAIN_ON_SQLITE if not list(Path(settings.BASE_DIR).glob(pattern))] == []
