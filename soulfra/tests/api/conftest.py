"""Both doors at the same moment."""

import pytest
import time_machine

from accounts import throttling
from soulfra.testing.two_doors import NOON, TwoDoors


@pytest.fixture
def doors(monkeypatch):
    monkeypatch.setattr(throttling.buckets, "_clock", lambda: 0.0)  # both doors are asked at the same moment
    with time_machine.travel(NOON, tick=False):
        yield TwoDoors()
