"""What Stripe does by itself when its clock gets there, with a table of who does it.

Looked at before every request and by the worker, so a session past its expiry is expired whoever looks.
"""

from soulfra.stripe_sandbox import bank_debits, clock, documents, events, refunds, sessions, store
from soulfra.stripe_sandbox.documents import Document
from soulfra.stripe_sandbox.store import Database


def catch_up() -> None:
    """Do everything that is due, in the order of its time."""
    with store.reading() as db:
        is_anything_due = bool(documents.due(db, at=clock.now(db)))
    if is_anything_due:
        with store.writing() as db:
            for document in documents.due(db, at=clock.now(db)):
                _WHEN_DUE[document.kind](db, document)


def _expire(db: Database, session: Document) -> None:
    sessions.expire(db, session, cause=events.TIME)


_WHEN_DUE = {
    "checkout.session": _expire,
    "payment_intent": bank_debits.come_due,
    "refund": refunds.come_due,
}
