"""The money of a dispute: withdrawn when it opens, reinstated when it is won; `balance_transactions` has both."""

from stripe_sandbox import balance
from stripe_sandbox.documents import Document
from stripe_sandbox.errors import StripeError
from stripe_sandbox.store import Database

# What Stripe charges for a dispute, and keeps.
_FEE = 1500


def withdraw(db: Database, dispute: Document) -> None:
    """The caller saves the dispute."""
    _move(db, dispute, -dispute.body["amount"], fee=_FEE, category="dispute", what="withdrawal")


def reinstate(db: Database, dispute: Document, *, amount: int | None) -> None:
    """All that was withdrawn, or `amount` of it. The caller saves the dispute."""
    withdrawn: int = dispute.body["amount"]
    if amount is not None and amount > withdrawn:
        raise StripeError(f"Only {withdrawn} was withdrawn for dispute {dispute.id}.", param="reinstated")
    given_back = withdrawn if amount is None else amount
    _move(db, dispute, given_back, fee=0, category="dispute_reversal", what="reversal")


def _move(db: Database, dispute: Document, amount: int, *, fee: int, category: str, what: str) -> None:
    moved = balance.record(
        db,
        "adjustment",
        amount=amount,
        fee=fee,
        currency=dispute.body["currency"],
        source=dispute.id,
        reporting_category=category,
        description=f"Chargeback {what} for {dispute.body['charge']}",
    )
    dispute.body["balance_transactions"].append(moved.body)
