"""A limit that would let nothing through is refused at start."""

import pytest
from django.conf import settings as of_the_shop

from soulfra.checks import LIMITS, rate_of_the_api


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("nonsense", [0, -1])
def test_a_limit_of_nothing_is_an_error(settings, name, nonsense):
    assert rate_of_the_api(None) == []
    setattr(settings, name, nonsense)
    (error,) = rate_of_the_api(None)
    assert (error.id, error.hint) == (LIMITS[name], f"Set {name} to 1 or more.")


def test_every_limit_a_minute_is_looked_at():
    assert {name for name in dir(of_the_shop) if name.endswith("_PER_MINUTE")} < set(LIMITS)


def test_every_id_stands_for_one_setting():
    assert len(set(LIMITS.values())) == len(LIMITS)
