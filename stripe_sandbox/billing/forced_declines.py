"""The operator's switch "the next payment fails": kept in the store until a customer's next charge takes it."""

from stripe_sandbox.payments.cards import GENERIC, NO_MONEY, Decline
from stripe_sandbox.store import Database

DECLINES = {"insufficient_funds": NO_MONEY, "generic_decline": GENERIC}


def force(db: Database, customer_id: str, *, decline_code: str, times: int) -> None:
    """Have the customer's next `times` charges that are made without them refused."""
    db.set(_name(customer_id), [decline_code] * times)


def take(db: Database, customer_id: str) -> Decline | None:
    """The next decline that was asked for this customer's payments, removed; None if there is none."""
    waiting: list[str] = db.setting(_name(customer_id), [])
    if not waiting:
        return None
    db.set(_name(customer_id), waiting[1:])
    return DECLINES[waiting[0]]


def waiting(db: Database, customer_id: str) -> int:
    """How many of this customer's next payments will be declined."""
    return len(db.setting(_name(customer_id), []))


def _name(customer_id: str) -> str:
    return f"declines:{customer_id}"
