"""The merchant's balance: one transaction for each movement of money after a payment."""

from typing import Any

from stripe_sandbox.objects import Body, Document, changes
from stripe_sandbox.store import Database, clock


def take_in(db: Database, charge: Body) -> str:
    """What a charge brings, less Stripe's fee: 2.9 % and 30 of the minor unit, or 0.8 % of a bank debit, at most 500.

    Gives the transaction's id.
    """
    amount: int = charge["amount"]
    is_debit = charge["payment_method_details"]["type"] == "us_bank_account"
    fee = min(500, (amount * 8 + 500) // 1000) if is_debit else (amount * 29 + 500) // 1000 + 30
    moved = record(
        db,
        "charge",
        amount=amount,
        fee=min(fee, amount),
        fee_for="Stripe processing fees",
        currency=charge["currency"],
        source=charge["id"],
        reporting_category="charge",
        description=charge["description"],
    )
    return moved.id


def record(
    db: Database, type: str, *, amount: int, fee: int = 0, fee_for: str = "Dispute fee", **fields: Any
) -> Document:
    """Add a transaction of `amount` minor units (negative: taken from the balance) and the fee on top of it.

    `fields` are currency, source (the id of what moved the money), reporting_category and description.
    """
    details = {"amount": fee, "application": None, "description": fee_for, "type": "stripe_fee"}
    return changes.make(
        db,
        "balance_transaction",
        available_on=clock.now(db),
        amount=amount,
        fee=fee,
        fee_details=[details | {"currency": fields["currency"]}] if fee else [],
        net=amount - fee,
        type=type,
        **fields,
    )
