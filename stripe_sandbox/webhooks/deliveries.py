"""How an event's delivery stands, in words: for the operator's page and the terminal."""

import json

from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Body, documents
from stripe_sandbox.store import Database
from stripe_sandbox.webhooks import events, webhook_faults

_LATEST = """
    SELECT document.body, delivery.state, delivery.attempts, last.status, last.detail,
        delivery.delivered_at IS NOT NULL AND last.status / 100 = 2 AS is_accepted
    FROM document
    LEFT JOIN delivery ON delivery.event_id = document.id
    LEFT JOIN attempt AS last ON last.id = (SELECT max(id) FROM attempt WHERE event_id = document.id)
    WHERE document.kind = 'event' {narrowed} ORDER BY document.seq DESC LIMIT ?
"""


def latest(db: Database, *, limit: int) -> list[Body]:
    """Newest first: id, type, object (its id), created, delivery (words) and is_delivered."""
    tries = webhook_faults.current(db).give_up_after
    return [_line(row, tries) for row in db.execute(_LATEST.format(narrowed=""), (limit,))]


def attempts_of(db: Database, event_ids: list[str]) -> dict[str, list[Body]]:
    """Every attempt at these events, oldest first: at (real unix seconds), took_ms, status and detail."""
    found: dict[str, list[Body]] = {event_id: [] for event_id in event_ids}
    marks = ", ".join("?" * len(event_ids))
    rows = db.execute(f"SELECT * FROM attempt WHERE event_id IN ({marks}) ORDER BY id", event_ids)  # noqa: S608  marks
    for row in rows:
        found[row["event_id"]].append({name: row[name] for name in ("at", "took_ms", "status", "detail")})
    return found


def resend(db: Database, event_id: str) -> Body:
    """Deliver an event again, now; returns its line. Raises StripeError (404) for an unknown event."""
    documents.require(db, "event", event_id, param="event")
    if not db.config.webhook_url:
        raise StripeError("No webhook address is set (--webhook-url), so there is nowhere to send the event.")
    events.schedule(db, event_id)
    return of_event(db, event_id)


def of_event(db: Database, event_id: str) -> Body:
    row = db.execute(_LATEST.format(narrowed="AND document.id = ?"), (event_id, 1)).fetchone()
    return _line(row, webhook_faults.current(db).give_up_after)


def _line(row: Body, tries: int) -> Body:
    event = json.loads(row["body"])
    return {
        "id": event["id"],
        "type": event["type"],
        "object": event["data"]["object"]["id"],
        "created": event["created"],
        "delivery": _in_words(row, tries),
        "is_delivered": row["state"] == "delivered",
    }


def _in_words(row: Body, tries: int) -> str:
    answer = f"HTTP {row['status']}" if row["status"] else row["detail"]
    match row["state"]:
        case None:
            return "not sent: no webhook address"
        case "delivered":
            return f"delivered ({answer})"
        case "dropped":
            return "dropped by the fault switch"
        case "given_up":
            return f"given up after {row['attempts']} attempt{'s' if row['attempts'] > 1 else ''} ({answer})"
        case "sending":
            return "being sent"
    if row["is_accepted"]:
        return f"delivered ({answer}), will be sent again"
    if row["attempts"] == 0:
        return "waiting"
    return f"failed {row['attempts']} of {tries} attempts ({answer}), will be tried again"
