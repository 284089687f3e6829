"""The sandbox for tests: a real web server in a thread of this process, with a store of its own.

`run_sandbox` starts one. Each verb is a method of what it gives, and a function of this module, which asks the
sandbox that was started last: `pay(session_id)`, `refund(payment_intent, 1000)`, `advance(days=31)`; `verbs/` has all
of them, with their parameters. A refusal is a `Refused`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from stripe_sandbox.client import Client, Refused
from stripe_sandbox.config import Config
from stripe_sandbox.objects import Body, documents
from stripe_sandbox.server import guard, serve
from stripe_sandbox.server.worlds import Worlds
from stripe_sandbox.store import Store
from stripe_sandbox.verbs.table import VERBS
from stripe_sandbox.webhooks import attempts

__all__ = ["Refused", "Remote", "Running", "current", "run_sandbox"]
SECRET = "whsec_only_for_tests_0123456789"  # noqa: S105  nothing real is signed with it
_BY_METHOD = {name.replace("-", "_"): verb for name, verb in VERBS.items()}
_running: list["Running"] = []


class Remote:
    """A sandbox that answers at `address`, in whatever process: each verb is a method."""

    def __init__(self, address: str, *, key: str = "") -> None:
        self.client = Client(address, key=key)

    def __getattr__(self, name: str) -> Callable[..., Body]:
        if name not in _BY_METHOD:
            raise AttributeError(f"The sandbox has no verb {name}.")
        return partial(self._ask, name)

    def _ask(self, name: str, *values: Any, **named: Any) -> Body:
        asked = _BY_METHOD[name].ask_from_python(*values, **named)
        return self.client.call(asked.method, asked.path, asked.given)


class Running(Remote):
    """A sandbox of this process, and everything a test does with it. `config` may be changed meanwhile."""

    def __init__(self, worlds: Worlds, *, key: str = "") -> None:
        super().__init__(worlds.config.address, key=key)
        self.config, self._worlds, self._key = worlds.config, worlds, key
        self._others: list[Running] = []

    def of_key(self, key: str) -> "Running":
        """The world of this key, where a test uses several; without it, the only one there is is meant."""
        self._others.append(Running(self._worlds, key=key))
        return self._others[-1]

    def close(self) -> None:
        for each in (self, *self._others):
            each.client.close()

    @property
    def _store(self) -> Store:
        return (self._worlds.of_key(self._key) if self._key else self._worlds.meant()).store

    @property
    def address(self) -> str:
        return self.config.address

    # --- events

    def events_of(self, object_id: str, *, type: str | None = None) -> list[Body]:
        """The events about one object, oldest first, as they would be sent."""
        with self._store.reading() as db:
            found = documents.about(db, "event", "data.object.id", object_id)
        return [event.body for event in found if type in (None, event.body["type"])]

    def events_since(self, event_id: str | None) -> list[Body]:
        """Every event after this one (None: from the start), oldest first, as they would be sent."""
        with self._store.reading() as db:
            rows = db.execute(
                "SELECT * FROM document WHERE kind = 'event' "
                "AND seq > coalesce((SELECT seq FROM document WHERE id = ?), 0) ORDER BY seq",
                (event_id,),
            ).fetchall()
        return [documents.from_row(row).body for row in rows]

    def signature(self, body: bytes) -> str:
        """A fresh `Stripe-Signature` header for these bytes."""
        return attempts.signature(body, self.config.webhook_secret)

    def signed(self, event_id: str) -> tuple[bytes, str]:
        """The exact body of an event's delivery, and a fresh `Stripe-Signature` header for it."""
        return attempts.signed(self._store, event_id)

    # --- deliveries

    def next_delivery(self) -> float | None:
        """When the next attempt is due (unix seconds); None when no event waits or is under way."""
        return attempts.next_due(self._store)

    def wait_for_deliveries(self, *, seconds: float = 10) -> None:
        """Until no event waits or is under way."""
        give_up_at = time.monotonic() + seconds
        while self.next_delivery() is not None and time.monotonic() < give_up_at:
            time.sleep(0.05)

    def deliveries(self) -> dict[str, int]:
        """How many events are in which state: waiting, sending, delivered, dropped, given_up."""
        with self._store.reading() as db:
            return dict(db.execute("SELECT state, count(*) FROM delivery GROUP BY state").fetchall())

    def unanswered_attempts(self) -> int:
        with self._store.reading() as db:
            return int(db.execute("SELECT count(*) FROM attempt WHERE status IS NULL").fetchone()[0])

    # --- what is kept

    def objects(self, kind: str) -> list[Body]:
        """Every object of a kind (`refund`, `checkout.session`), oldest first, as the API would answer it."""
        with self._store.reading() as db:
            rows = db.execute("SELECT * FROM document WHERE kind = ? ORDER BY seq", (kind,)).fetchall()
        return [documents.from_row(row).body for row in rows]

    def rewrite(self, kind: str, object_id: str, **changes: Any) -> None:
        """Change an object behind everybody's back: no event tells of it."""
        with self._store.writing() as db:
            found = documents.find(db, kind, object_id)
            if found is None:
                raise LookupError(f"There is no {kind} {object_id}.")
            found.body.update(changes)
            documents.save(db, found)

    def remove(self, object_id: str) -> None:
        """An object is gone, and no event tells of it: somebody deleted it, or it was another account's."""
        with self._store.writing() as db:
            db.execute("DELETE FROM document WHERE id = ?", (object_id,))

    def forget_answers(self) -> None:
        """What idempotency keys stood for, as Stripe does after a day."""
        with self._store.writing() as db:
            db.execute("DELETE FROM idempotency")


@contextmanager
def run_sandbox(
    store: Path | str, *, webhook_url: str = "", webhook_secret: str = SECRET, port: int = 0
) -> Iterator[Running]:
    """Without `webhook_url` events are recorded and sent nowhere: fetch them, and deliver them by hand."""
    guard.refuse_beside_live_key()
    config = Config(str(store), webhook_url=webhook_url, webhook_secret=webhook_secret)
    with serve.running(config, port=port) as worlds:
        found = Running(worlds)
        _running.append(found)
        try:
            yield found
        finally:
            _running.remove(found)
            found.close()


def current() -> Running:
    """The sandbox that was started last and still runs."""
    if not _running:
        raise LookupError("No sandbox runs: start one with run_sandbox.")
    return _running[-1]


def __getattr__(name: str) -> Callable[..., Any]:
    """Every verb, and every method of `Running`."""
    if name not in _BY_METHOD and not (hasattr(Running, name) and not name.startswith("_")):
        raise AttributeError(f"The sandbox has no verb {name}.")

    def ask(*values: Any, **named: Any) -> Any:
        return getattr(current(), name)(*values, **named)

    return ask
