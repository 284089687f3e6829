"""The operator's switch "the next payment fails": kept in the store until a customer's next charge takes it."""

import json

from stripe_sandbox.payments.cards import GENERIC, Decline
from stripe_sandbox.store.store import Database

NO_MONEY = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
DECLINES = {"insufficient_funds": NO_MONEY, "generic_decline": GENERIC}


def force(db: Database, customer_id: str, *, decline_code: str, times: int) -> None:
    """Have the customer's next `times` charges that are made without them refused."""
    value = json.dumps([decline_code] * times)
    db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (_name(customer_id), value))


def take(db: Database, customer_id: str) -> Decline | None:
    """The next decline that was asked for this customer's payments, removed; None if there is none."""
    row = db.execute("SELECT value FROM setting WHERE name = ?", (_name(customer_id),)).fetchone()
    waiting: list[str] = json.loads(row["value"]) if row else []
    if not waiting:
        return None
    db.execute("UPDATE setting SET value = ? WHERE name = ?", (json.dumps(waiting[1:]), _name(customer_id)))
    return DECLINES[waiting[0]]


def waiting(db: Database, customer_id: str) -> int:
    """How many of this customer's next payments will be declined."""
    row = db.execute("SELECT value FROM setting WHERE name = ?", (_name(customer_id),)).fetchone()
    return len(json.loads(row["value"])) if row else 0


def _name(customer_id: str) -> str:
    return f"declines:{customer_id}"
