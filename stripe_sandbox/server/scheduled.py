"""What Stripe does by itself when its clock gets there, with a table of who does it.

Looked at before every request and by the worker, so a session past its expiry is expired for every reader.
"""

from stripe_sandbox.billing import collection, renewals
from stripe_sandbox.checkout import sessions
from stripe_sandbox.objects import Document, documents
from stripe_sandbox.payments import bank_debits
from stripe_sandbox.refunds import refunds
from stripe_sandbox.store import Database, Store, clock


def catch_up(store: Store) -> None:
    """Do everything that is due, in the order of its time."""
    with store.reading() as db:
        is_anything_due = documents.next_due(db, at=clock.now(db)) is not None
    if is_anything_due:
        with store.writing() as db:
            run(db)


def run(db: Database) -> None:
    """Each thing is done as of its own time, so a month that passed at once leaves the traces of a month."""
    while document := documents.next_due(db, at=clock.now(db)):
        with db.by_itself(), clock.at(db, document.due_at or clock.now(db)):
            _WHEN_DUE[document.kind](db, document)


def _expire(db: Database, session: Document) -> None:
    sessions.expire(db, session)


_WHEN_DUE = {
    "checkout.session": _expire,
    "invoice": collection.come_due,
    "payment_intent": bank_debits.come_due,
    "refund": refunds.come_due,
    "subscription": renewals.come_due,
}
