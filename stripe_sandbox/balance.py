"""The merchant's balance: one transaction for each movement of money after a payment."""

from typing import Any

from stripe_sandbox import clock, documents, ids, shapes
from stripe_sandbox.documents import Document
from stripe_sandbox.store import Database


def record(db: Database, type: str, *, amount: int, fee: int = 0, **fields: Any) -> Document:
    """Add a transaction of `amount` minor units (negative: taken from the balance) and the fee on top of it.

    `fields` are currency, source (the id of what moved the money), reporting_category and description.
    """
    now = clock.now(db)
    details = {"amount": fee, "application": None, "description": "Dispute fee", "type": "stripe_fee"}
    body = shapes.new(
        "balance_transaction",
        id=ids.new("balance_transaction"),
        created=now,
        available_on=now,
        amount=amount,
        fee=fee,
        fee_details=[details | {"currency": fields["currency"]}] if fee else [],
        net=amount - fee,
        type=type,
        **fields,
    )
    return documents.add(db, Document("balance_transaction", body))
