from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

START = datetime(2026, 11, 10, 12, tzinfo=ZoneInfo("UTC"))


class Clock:
    """The clock of the shop and of the sandbox, which runs in this process."""

    def __init__(self, travelling):
        self.travelling = travelling

    def forward(self, **time):
        self.travelling.shift(timedelta(**time))


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=True) as travelling:
        yield Clock(travelling)
