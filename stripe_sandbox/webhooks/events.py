"""The event log: what happened, with a frozen snapshot of the object, and whether the webhook is to be told."""

import copy
import time

from stripe_sandbox.objects import Body, Document, documents, ids
from stripe_sandbox.objects.shapes import API_VERSION
from stripe_sandbox.store import Database, clock
from stripe_sandbox.webhooks import webhook_faults


def record(db: Database, type: str, document: Document, previous: Body | None = None) -> str:
    """Add an event about the document as it is now, and give back the event's id.

    `previous` holds the former values of what changed (`data.previous_attributes`).
    """
    switches = webhook_faults.current(db)
    is_delivered = bool(db.config.webhook_url)
    body: Body = {
        "id": ids.new("event"),
        "object": "event",
        "api_version": API_VERSION,
        "created": clock.now(db),
        "data": {"object": copy.deepcopy(document.body)} | ({"previous_attributes": previous} if previous else {}),
        "livemode": False,
        "pending_webhooks": int(is_delivered),
        "request": {"id": db.cause.request_id, "idempotency_key": db.cause.idempotency_key},
        "type": type,
    }
    # Stripe may tell one change in two events, each with an id of its own.
    told = [body, body | {"id": ids.new("event")}] if switches.two_ids else [body]
    for event in told:
        documents.add(db, Document("event", event))
        if is_delivered and switches.drops(type):
            _schedule(db, event["id"], state="dropped", at=time.time())
        elif is_delivered:
            _schedule(db, event["id"], state="waiting", at=time.time() + switches.wait_seconds)
    return str(body["id"])


def schedule(db: Database, event_id: str) -> None:
    """Have the event delivered (again) as soon as possible, with all its attempts before it."""
    _schedule(db, event_id, state="waiting", at=time.time())


def _schedule(db: Database, event_id: str, *, state: str, at: float) -> None:
    db.execute(
        "INSERT INTO delivery (event_id, state, next_at) VALUES (?, ?, ?) ON CONFLICT (event_id) DO UPDATE "
        "SET state = excluded.state, attempts = 0, next_at = excluded.next_at, lease_until = NULL",
        (event_id, state, at),
    )


def with_pending_count(db: Database, event: Body) -> Body:
    """As the API shows it: `pending_webhooks` is what it is now, not what it was when the event was made."""
    pending = db.execute(
        "SELECT count(*) FROM delivery WHERE event_id = ? AND delivered_at IS NULL", (event["id"],)
    ).fetchone()[0]
    return event | {"pending_webhooks": pending}
