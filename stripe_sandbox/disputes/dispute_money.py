"""The money of a dispute: withdrawn when it opens, reinstated when it is won; `balance_transactions` has both."""

from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Document
from stripe_sandbox.payments import balance
from stripe_sandbox.payments.conversions import Money
from stripe_sandbox.store import Database

# What Stripe charges for a dispute, and keeps.
_FEE = 1500


def withdraw(db: Database, dispute: Document, *, settled: Money | None = None) -> None:
    """On the account it comes to `settled`, by default to the same. The caller saves the dispute."""
    taken = Money(dispute.body["amount"], dispute.body["currency"])
    _move(db, dispute, taken, settled or taken, is_back=False)


def reinstate(db: Database, dispute: Document, *, amount: int | None, settled: Money | None = None) -> None:
    """All that was withdrawn, or `amount` of it, by default at the rate of then. The caller saves the dispute."""
    withdrawn: int = dispute.body["amount"]
    if amount is not None and amount > withdrawn:
        raise StripeError(f"Only {withdrawn} was withdrawn for dispute {dispute.id}.", param="reinstated")
    given_back = withdrawn if amount is None else amount
    then = dispute.body["balance_transactions"][-1]
    as_then = Money(abs(then["amount"]), then["currency"]).share(given_back, withdrawn)
    _move(db, dispute, Money(given_back, dispute.body["currency"]), settled or as_then, is_back=True)


def _move(db: Database, dispute: Document, sent: Money, settled: Money, *, is_back: bool) -> None:
    moved = balance.record(
        db,
        "adjustment",
        amount=settled.amount if is_back else -settled.amount,
        fee=0 if is_back else _FEE,
        currency=settled.currency,
        exchange_rate=sent.rate_into(settled),
        source=dispute.id,
        reporting_category="dispute_reversal" if is_back else "dispute",
        description=f"Chargeback {'reversal' if is_back else 'withdrawal'} for {dispute.body['charge']}",
    )
    dispute.body["balance_transactions"].append(moved.body)
