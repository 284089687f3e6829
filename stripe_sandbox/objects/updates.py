"""Changing an object and telling it: an `.updated` event with the former values of what changed."""

import copy
from typing import Any

from stripe_sandbox.objects import documents
from stripe_sandbox.objects.documents import Body, Document
from stripe_sandbox.store.store import Database
from stripe_sandbox.webhooks import events
from stripe_sandbox.webhooks.events import Cause


def apply(db: Database, document: Document, event: str, *, cause: Cause, **fields: Any) -> None:
    """Save the document; the event is recorded only if something is different now."""
    previous = {
        name: _former(name, document.body.get(name), value)
        for name, value in fields.items()
        if document.body.get(name) != value
    }
    document.body |= copy.deepcopy(fields)
    documents.save(db, document)
    if previous:
        events.record(db, event, document, cause=cause, previous=copy.deepcopy(previous))


def _former(name: str, old: Any, new: Any) -> Body | Any:
    """Of metadata Stripe tells only the keys that changed, null for those that were not there."""
    if name != "metadata":
        return old
    return {key: old.get(key) for key in {**old, **new} if old.get(key) != new.get(key)}
