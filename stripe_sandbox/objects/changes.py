"""How objects are made and changed: each is kept, and its event tells of it."""

import copy
from typing import Any

from stripe_sandbox.objects import Body, Document, documents, shapes
from stripe_sandbox.store import Database, clock
from stripe_sandbox.webhooks import events


def make(
    db: Database,
    kind: str,
    event: str | None = None,
    /,
    *,
    private: Body | None = None,
    due_at: int | None = None,
    **fields: Any,
) -> Document:
    """A new object of this moment. Without `event`, nothing tells of it."""
    if "metadata" in fields:
        fields["metadata"] = merged_metadata({}, fields["metadata"])
    body = shapes.new(kind, **fields)
    if "created" in body:
        body["created"] = body["created"] or clock.now(db)
    document = documents.add(db, Document(kind, body, private or {}, due_at))
    if event:
        events.record(db, event, document)
    return document


def change(db: Database, document: Document, event: str, **fields: Any) -> Document:
    """Set the fields, save the document and tell of it."""
    document.body |= fields
    documents.save(db, document)
    events.record(db, event, document)
    return document


def update(db: Database, document: Document, event: str, **fields: Any) -> Document:
    """The same for an `.updated` event: it has the former values, and comes only if something is different now.

    Metadata is merged into what there is.
    """
    if "metadata" in fields:
        fields["metadata"] = merged_metadata(document.body["metadata"], fields["metadata"])
    previous = {
        name: _former(name, document.body.get(name), value)
        for name, value in fields.items()
        if document.body.get(name) != value
    }
    document.body |= copy.deepcopy(fields)
    documents.save(db, document)
    if previous:
        events.record(db, event, document, copy.deepcopy(previous))
    return document


def merged_metadata(metadata: dict[str, str], given: dict[str, str] | None) -> dict[str, str]:
    """None clears everything, an empty value removes its key."""
    return {} if given is None else {key: value for key, value in {**metadata, **given}.items() if value != ""}


def _former(name: str, old: Any, new: Any) -> Body | Any:
    """Of metadata Stripe tells only the keys that changed, null for those that were not there."""
    if name != "metadata":
        return old
    return {key: old.get(key) for key in {**old, **new} if old.get(key) != new.get(key)}
