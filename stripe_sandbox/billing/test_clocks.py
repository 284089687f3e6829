"""Test clocks: a time of their own for some customers, which moves only when it is advanced. ready -> ready.

What belongs to such a customer keeps its alarm in `private`, where the sandbox's own clock does not see it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from stripe_sandbox.billing import collection, renewals
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import changes, documents
from stripe_sandbox.objects.documents import Document, from_row
from stripe_sandbox.store import Database, clock
from stripe_sandbox.webhooks import events

KIND = "test_helpers.test_clock"
_DAY = 24 * 3600
_LIFE_SECONDS = 30 * _DAY
_FURTHEST_SECONDS = 2 * 366 * _DAY
_COME_DUE: dict[str, Callable[[Database, Document], None]] = {
    "invoice": collection.come_due,
    "subscription": renewals.come_due,
}


def create(db: Database, *, frozen_time: int, name: str | None) -> Document:
    """A test clock frozen at `frozen_time` (Unix seconds)."""
    until = clock.now(db) + _LIFE_SECONDS
    return changes.make(db, KIND, f"{KIND}.created", deletes_after=until, frozen_time=frozen_time, name=name)


def advance(db: Database, test_clock: Document, *, to: int) -> None:
    """Everything that comes due until then happens, each as of its own time; then the clock is ready again."""
    if to <= test_clock.body["frozen_time"]:
        raise StripeError("`frozen_time` must be later than the test clock's current time.", param="frozen_time")
    if to > test_clock.body["frozen_time"] + _FURTHEST_SECONDS:
        raise StripeError("A test clock can be advanced by two intervals at most.", param="frozen_time")
    advancing = {"advancing": {"target_frozen_time": to}}
    test_clock.body |= {"status": "advancing", "status_details": advancing}
    events.record(db, f"{KIND}.advancing", test_clock)
    while document := _next_due(db, test_clock.id, at=to):
        with db.by_itself(), clock.at(db, document.private["due_at"]):
            _COME_DUE[document.kind](db, document)
    changes.change(db, test_clock, f"{KIND}.ready", status="ready", status_details={}, frozen_time=to)


def delete(db: Database, test_clock: Document) -> None:
    """With the subscriptions under it, which stand still from now on."""
    for kind in _COME_DUE:
        for document in documents.about(db, kind, "test_clock", test_clock.id):
            document.private["due_at"] = None
            documents.save(db, document)
    events.record(db, f"{KIND}.deleted", test_clock)
    db.execute("DELETE FROM document WHERE id = ?", (test_clock.id,))


@contextmanager
def time_of(db: Database, document: Document | None) -> Iterator[None]:
    """Within, it is the time of the test clock that a customer, subscription or invoice lives under, if any;
    or a test clock's own."""
    test_clock = document
    if document and document.kind != KIND:
        test_clock = documents.find(db, KIND, document.body.get("test_clock"))
    if test_clock is None:
        yield
        return
    with clock.at(db, test_clock.body["frozen_time"]):
        yield


def _next_due(db: Database, id: str, *, at: int) -> Document | None:
    row = db.execute(
        "SELECT * FROM document WHERE kind IN ('invoice', 'subscription') AND json_extract(body, '$.test_clock') = ? "
        "AND json_extract(private, '$.due_at') <= ? ORDER BY json_extract(private, '$.due_at'), seq LIMIT 1",
        (id, at),
    ).fetchone()
    return from_row(row) if row else None
