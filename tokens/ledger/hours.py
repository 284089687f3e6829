"""In which hour an entry counts: that in which it happened, or the first that is not closed.

Who writes an entry shares the lock of the newest row of `books`, which comes with the wallet's. Who closes hours writes
a newer row, which from then on is locked instead, and then waits for the old one: when that is gone, everybody who
had read it is done. So nothing is ever added to a closed hour, however late it comes, and nobody waits for a closing.
"""

from __future__ import annotations

from datetime import datetime

from tokens.models import Books, Wallet


def start_of_hour(at: datetime) -> datetime:
    """The first moment of the hour that a datetime is in."""
    return at.replace(minute=0, second=0, microsecond=0)


def open_hour(wallet: Wallet, at: datetime) -> datetime:
    """The first moment of the hour in which what happened `at` in a locked wallet counts."""
    hour = start_of_hour(at)
    return max(hour, wallet.closed_until) if wallet.closed_until else hour


def sealed_until() -> datetime | None:
    """The end of the last hour that nothing can be added to; None when there is none."""
    return Books.objects.order_by("-pk").values_list("closed_until", flat=True).first()


def seal_until(end: datetime) -> None:
    """Let nothing more count before `end`, a full hour, and return when nothing more can. Outside transactions only."""
    sealed = sealed_until()
    if sealed is None or sealed < end:
        Books.objects.create(closed_until=end)
    newest = Books.objects.order_by("-pk").values_list("pk", flat=True)[:1].get()
    Books.objects.filter(pk__lt=newest).delete()
