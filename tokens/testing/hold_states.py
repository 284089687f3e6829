"""What became of a hold, and the time at which it is looked at."""

from datetime import timedelta

import time_machine
from django.utils import timezone


def state(usage):
    return (usage.status, usage.tokens_spent, usage.reason, usage.balance_after)


def later(**delta):
    return time_machine.travel(timezone.now() + timedelta(**delta), tick=True)
