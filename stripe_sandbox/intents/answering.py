"""A customer's answer at the bank, whichever kind of intent asks."""

from stripe_sandbox.billing import test_clocks
from stripe_sandbox.intents import charging, setting_up
from stripe_sandbox.objects import Body, Document, documents
from stripe_sandbox.store import Database


def answer(db: Database, intent: Document, *, is_approved: bool) -> Body | None:
    """Approve and go on, or fail the authentication; gives the error of an attempt that was refused."""
    act = charging.answer_bank if intent.kind == "payment_intent" else setting_up.answer_bank
    with test_clocks.time_of(db, documents.find(db, "customer", intent.body["customer"])):
        return act(db, intent, is_approved=is_approved)
