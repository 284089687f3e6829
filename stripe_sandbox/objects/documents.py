"""Stripe's objects in the store: one JSON document each, numbered in the order they were made."""

import json
from dataclasses import dataclass, field
from typing import Any

from stripe_sandbox.errors import no_such
from stripe_sandbox.store import clock
from stripe_sandbox.store.store import Database

Body = dict[str, Any]


@dataclass
class Document:
    """`body` is what the API answers; `private` is what only the sandbox knows about it."""

    kind: str
    body: Body
    private: Body = field(default_factory=dict)
    due_at: int | None = None

    @property
    def id(self) -> str:
        return str(self.body["id"])

    def comes_due(self, at: int | None) -> None:
        """By the sandbox's clock, or by the test clock that it lives under. Saved by the caller."""
        if self.body.get("test_clock"):
            self.private["due_at"] = at
        else:
            self.due_at = at


def add(db: Database, document: Document) -> Document:
    """Insert a new document; returns it."""
    db.execute(
        "INSERT INTO document (id, kind, created, due_at, body, private) VALUES (?, ?, ?, ?, ?, ?)",
        (
            document.id,
            document.kind,
            # An invoice item says `date` instead, and a mandate nothing.
            document.body.get("created") or document.body.get("date") or clock.now(db),
            document.due_at,
            _kept(document.body),
            _kept(document.private),
        ),
    )
    return document


def save(db: Database, document: Document) -> None:
    """Update a document's body, private part and due time."""
    db.execute(
        "UPDATE document SET body = ?, private = ?, due_at = ? WHERE id = ?",
        (_kept(document.body), _kept(document.private), document.due_at, document.id),
    )


def find(db: Database, kind: str, id: str | None) -> Document | None:
    """The document of this kind and id; None if there is none."""
    row = db.execute("SELECT * FROM document WHERE id = ? AND kind = ?", (id, kind)).fetchone()
    return from_row(row) if row else None


def require(db: Database, kind: str, id: str, *, param: str = "", status: int = 0) -> Document:
    """Or Stripe's refusal, see `no_such`."""
    found = find(db, kind, id)
    if found is None:
        raise no_such(kind, id, param=param, status=status)
    return found


def named(db: Database, id: str) -> Document | None:
    """The document with this id, of any kind; None if there is none."""
    row = db.execute("SELECT * FROM document WHERE id = ?", (id,)).fetchone()
    return from_row(row) if row else None


def about(db: Database, kind: str, field: str, id: str) -> list[Document]:
    """Those of a kind whose `field` holds this id, oldest first."""
    rows = db.execute(
        "SELECT * FROM document WHERE kind = ? AND json_extract(body, ?) = ? ORDER BY seq", (kind, f"$.{field}", id)
    ).fetchall()
    return [from_row(row) for row in rows]


def next_due(db: Database, *, at: int) -> Document | None:
    """The earliest document whose due time the clock has reached; None if there is none."""
    row = db.execute(
        "SELECT * FROM document WHERE due_at IS NOT NULL AND due_at <= ? ORDER BY due_at, seq LIMIT 1", (at,)
    ).fetchone()
    return from_row(row) if row else None


def from_row(row: Any) -> Document:
    """A database row as a document."""
    return Document(
        kind=row["kind"], body=json.loads(row["body"]), private=json.loads(row["private"]), due_at=row["due_at"]
    )


def listing(data: list[Body], url: str, *, has_more: bool = False) -> Body:
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def _kept(body: Body) -> str:
    """Without line breaks, which Python writes ten times as slowly."""
    return json.dumps(body, ensure_ascii=False)


def encode(body: Any) -> str:
    """The exact text that the API answers and that webhooks carry: indented and unescaped, as Stripe's."""
    return json.dumps(body, indent=2, ensure_ascii=False)
