"""What the sweep does with many rows, one after the other: one that goes wrong stops no other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from tokens import jobs
from tokens.errors import StripeUnreachable, TokenError

log = logging.getLogger(__name__)

T = TypeVar("T")


def in_turn(what: str, rows: Iterable[T], act: Callable[[T], bool]) -> int:
    """Of how many rows `act` says that it was done. One that fails is logged, as a `what`, and left to the next sweep.

    A Stripe that does not answer is not waited for again for each of them, so the rows after that one are left too. So
    are the rest when this process is asked to end.
    """
    done = 0
    for row in rows:
        if jobs.stopping.is_set():
            break
        try:
            done += act(row)
        except StripeUnreachable as error:
            log.warning("%s (%s) and what comes after it are left to the next sweep: %s", what, row, error)
            break
        except TokenError as error:
            log.warning("%s (%s) is left to the next sweep: %s", what, row, error)
        except Exception:
            log.exception("%s (%s) is left to the next sweep", what, row)
    return done
