"""The transaction that every movement of money or tokens runs in.

One retry loop, in one place: a serialization failure or a deadlock is the database asking to be asked again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

from tokens.database_trouble import RETRYABLE, sqlstate_of

P = ParamSpec("P")
R = TypeVar("R")

ATTEMPTS = 5
FIRST_WAIT_SECONDS = 0.005


def money_transaction(function: Callable[P, R]) -> Callable[P, R]:
    """Run in one atomic transaction, again if the database could not serialize it.

    Inside a caller's transaction it simply joins that one, whose owner then retries the whole.
    """

    in_one = retried(transaction.atomic(function))

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        return (function if connection.in_atomic_block else in_one)(*args, **kwargs)

    return run


def retried(function: Callable[P, R]) -> Callable[P, R]:
    """Run again what the database could not serialize. For a single statement, which is a transaction by itself.

    Inside a caller's transaction, whose owner retries the whole, nothing is run again.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, ATTEMPTS):
            try:
                return function(*args, **kwargs)
            except OperationalError as error:
                if connection.in_atomic_block or sqlstate_of(error) not in RETRYABLE:
                    raise
                # Those that collided do not come back together.
                time.sleep(random.uniform(0, FIRST_WAIT_SECONDS * 2**attempt))  # noqa: S311  nothing secret
        return function(*args, **kwargs)

    return run
