"""Test clocks: a time of their own for some customers, which moves only when it is advanced. ready -> ready.

What belongs to such a customer keeps its alarm in `private`, where the sandbox's own clock does not see it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from stripe_sandbox.billing import collection, renewals
from stripe_sandbox.errors import StripeError, no_such
from stripe_sandbox.objects import documents, ids, shapes
from stripe_sandbox.objects.documents import Document, from_row
from stripe_sandbox.store import clock
from stripe_sandbox.store.store import Database
from stripe_sandbox.webhooks import events
from stripe_sandbox.webhooks.events import Cause

_DAY = 24 * 3600
_LIFE_SECONDS = 30 * _DAY
_FURTHEST_SECONDS = 2 * 366 * _DAY
_COME_DUE: dict[str, Callable[[Database, Document], None]] = {
    "invoice": collection.come_due,
    "subscription": renewals.come_due,
}


def create(db: Database, *, frozen_time: int, name: str | None, cause: Cause) -> Document:
    """A test clock frozen at `frozen_time` (Unix seconds)."""
    now = clock.now(db)
    body = shapes.new(
        "test_helpers.test_clock",
        id=ids.new("test_helpers.test_clock"),
        created=now,
        deletes_after=now + _LIFE_SECONDS,
        frozen_time=frozen_time,
        name=name,
    )
    test_clock = documents.add(db, Document("test_helpers.test_clock", body))
    events.record(db, "test_helpers.test_clock.created", test_clock, cause=cause)
    return test_clock


def advance(db: Database, test_clock: Document, *, to: int, cause: Cause) -> None:
    """Everything that comes due until then happens, each as of its own time; then the clock is ready again."""
    if to <= test_clock.body["frozen_time"]:
        raise StripeError("`frozen_time` must be later than the test clock's current time.", param="frozen_time")
    if to > test_clock.body["frozen_time"] + _FURTHEST_SECONDS:
        raise StripeError("A test clock can be advanced by two intervals at most.", param="frozen_time")
    advancing = {"advancing": {"target_frozen_time": to}}
    test_clock.body |= {"status": "advancing", "status_details": advancing}
    events.record(db, "test_helpers.test_clock.advancing", test_clock, cause=cause)
    while document := _next_due(db, test_clock.id, at=to):
        with clock.at(db, document.private["due_at"]):
            _COME_DUE[document.kind](db, document)
    test_clock.body |= {"status": "ready", "status_details": {}, "frozen_time": to}
    documents.save(db, test_clock)
    events.record(db, "test_helpers.test_clock.ready", test_clock, cause=cause)


def delete(db: Database, test_clock: Document, *, cause: Cause) -> None:
    """With the subscriptions under it, which stand still from now on."""
    for kind in _COME_DUE:
        for document in documents.about(db, kind, "test_clock", test_clock.id):
            document.private["due_at"] = None
            documents.save(db, document)
    events.record(db, "test_helpers.test_clock.deleted", test_clock, cause=cause)
    db.execute("DELETE FROM document WHERE id = ?", (test_clock.id,))


def found(db: Database, id: str) -> Document:
    """The test clock with this id. Raises StripeError (404)."""
    test_clock = documents.find(db, "test_helpers.test_clock", id)
    if test_clock is None:
        raise no_such("test clock", id, param="test_clock", status=400)
    return test_clock


@contextmanager
def time_of(db: Database, document: Document | None) -> Iterator[None]:
    """Within, it is the time of the test clock that a customer, subscription or invoice lives under, if any;
    or a test clock's own."""
    test_clock = document
    if document and document.kind != "test_helpers.test_clock":
        test_clock = documents.find(db, "test_helpers.test_clock", document.body.get("test_clock") or "")
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
