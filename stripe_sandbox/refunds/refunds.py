"""A refund's life: pending -> succeeded | failed | canceled; a succeeded one may still fail.

A refund counts in its charge's `amount_refunded` from the moment it exists until it fails or is canceled.
"""

from typing import Any

from stripe_sandbox.catalogue import customers
from stripe_sandbox.disputes import fraud_warnings
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import documents, ids, shapes
from stripe_sandbox.objects.documents import Body, Document
from stripe_sandbox.payments import balance, conversions, special_numbers
from stripe_sandbox.payments.conversions import Money
from stripe_sandbox.refunds import refund_limits
from stripe_sandbox.store import clock
from stripe_sandbox.store.store import Database
from stripe_sandbox.webhooks import events
from stripe_sandbox.webhooks.events import Cause

_FIRST_PAGE = 10


def create(
    db: Database,
    charge: Document,
    *,
    amount: int | None,
    reason: str | None,
    metadata: Body,
    cause: Cause,
    currency: str | None = None,
    settled: Money | None = None,
) -> Document:
    """Give back `amount` minor units of a charge, or all that is left of it; in another `currency`, if so, and settled.

    What nothing relates to the charge's currency gives back all that is left.
    """
    is_foreign = bool(currency) and currency != charge.body["currency"]
    if is_foreign and amount is None:
        raise StripeError(f"Say how much is refunded in {currency}.", param="amount")
    left = refund_limits.checked(db, charge, None if is_foreign else amount)
    sent = Money(amount if is_foreign and amount else left, (currency if is_foreign else "") or charge.body["currency"])
    settled = settled or sent
    pends, delay = _course(db, charge)
    refund_id = _new_id(charge)
    moved = balance.record(
        db,
        "payment_refund" if special_numbers.is_bank_debit(charge) else "refund",
        amount=-settled.amount,
        currency=settled.currency,
        exchange_rate=sent.rate_into(settled),
        source=refund_id,
        reporting_category="refund",
        description=f"REFUND FOR CHARGE ({charge.body['description'] or charge.id})",
    )
    body = shapes.new(
        "refund",
        id=refund_id,
        balance_transaction=moved.id,
        created=clock.now(db),
        metadata=customers.merged_metadata({}, metadata),
        reason=reason,
        status="pending" if pends else "succeeded",
        **_from_charge(charge) | {"amount": sent.amount, "currency": sent.currency},
    )
    if pends:
        body["pending_reason"] = "processing"
    due_at = None if delay is None else clock.now(db) + delay
    refund = documents.add(db, Document("refund", body, due_at=due_at))
    counted = conversions.counted(db, charge, sent, moved.body)
    if reason == "fraudulent":
        charge.body["fraud_details"] = {"user_report": "fraudulent"}
    previous = _count(db, charge, left if counted is None else min(left, counted))
    events.record(db, "refund.created", refund, cause=cause)
    events.record(db, "charge.refunded", charge, cause=cause, previous=previous)
    if charge.body["refunded"]:
        fraud_warnings.close(db, charge, cause=cause)
    return refund


def update(db: Database, refund: Document, metadata: Body | None, *, cause: Cause) -> Document:
    """Change a refund's metadata, with its event; returns it."""
    merged = customers.merged_metadata(refund.body["metadata"], metadata)
    if merged != refund.body["metadata"]:
        _change(db, refund, cause=cause, metadata=merged)
    return refund


def settle(db: Database, refund: Document, *, cause: Cause) -> Document:
    """A pending refund succeeds, with its event; returns it. Raises StripeError in another status."""
    _require(refund, "settled", ("pending",))
    refund.due_at = None
    refund.body.pop("pending_reason", None)
    return _change(db, refund, cause=cause, status="succeeded")


def fail(db: Database, refund: Document, *, cause: Cause) -> Document:
    """The buyer's bank sent the money back, perhaps long after it was taken for done."""
    _require(refund, "failed", ("pending", "succeeded"))
    reason = "declined" if refund.id.startswith("pyr_") else "expired_or_canceled_card"
    _give_back(db, refund, status="failed", cause=cause, failure_reason=reason)
    events.record(db, "refund.failed", refund, cause=cause)
    return refund


def cancel(db: Database, refund: Document, *, cause: Cause) -> Document:
    """As the dashboard does with a refund that is not on its way yet."""
    _require(refund, "canceled", ("pending",))
    return _give_back(db, refund, status="canceled", cause=cause)


def come_due(db: Database, refund: Document) -> None:
    """Time has passed: what was pending arrives, what had succeeded turns out to have failed."""
    act = settle if refund.body["status"] == "pending" else fail
    act(db, refund, cause=events.TIME)


def of_charge(db: Database, charge_id: str) -> Body:
    """The expanded `refunds` of a charge, newest first."""
    found = documents.about(db, "refund", "charge", charge_id)[::-1]
    return {
        "object": "list",
        "data": [refund.body for refund in found[:_FIRST_PAGE]],
        "has_more": len(found) > _FIRST_PAGE,
        "url": f"/v1/charges/{charge_id}/refunds",
    }


def _course(db: Database, charge: Document) -> tuple[bool, int | None]:
    """Whether the refund starts as pending, and after how many seconds something happens to it."""
    if special_numbers.is_bank_debit(charge):
        return True, special_numbers.BANK_REFUND_SECONDS
    number = special_numbers.number_of(db, charge)
    slow = number in (special_numbers.REFUND_PENDS, special_numbers.REFUND_FAILS)
    return number == special_numbers.REFUND_PENDS, special_numbers.SLOW_REFUND_SECONDS if slow else None


def _new_id(charge: Document) -> str:
    """Refunds of bank debits (`py_...`) have names of their own."""
    return "pyr_1" + ids.random_text(23) if charge.id.startswith("py_") else ids.new("refund")


def _from_charge(charge: Document) -> Body:
    copied = ("currency", "customer", "payment_intent", "payment_method")
    fields: Body = {"charge": charge.id, **{name: charge.body[name] for name in copied}}
    if charge.body["payment_method_details"]["type"] == "card":
        card = {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"}
        fields["destination_details"] = {"type": "card", "card": card}
    return fields


def _count(db: Database, charge: Document, amount: int) -> Body:
    """Add to what the charge has given back (less than 0: it came back); gives the former values."""
    previous = {name: charge.body[name] for name in ("amount_refunded", "refunded")}
    refunded = charge.body["amount_refunded"] + amount
    charge.body |= {"amount_refunded": refunded, "refunded": refunded == charge.body["amount"]}
    documents.save(db, charge)
    return {name: value for name, value in previous.items() if charge.body[name] != value}


def _give_back(db: Database, refund: Document, *, status: str, cause: Cause, **fields: Any) -> Document:
    """The refunded money returns to the balance, and the charge counts it no more."""
    then = _movement(db, refund)
    moved = balance.record(
        db,
        "refund_failure",
        amount=-then["amount"],
        currency=then["currency"],
        exchange_rate=then["exchange_rate"],
        source=refund.id,
        reporting_category="refund_failure",
        description=f"REFUND {status.upper()} ({refund.id})",
    )
    charge = documents.find(db, "charge", refund.body["charge"])
    if charge:
        sent, given_back = Money(refund.body["amount"], refund.body["currency"]), charge.body["amount_refunded"]
        counted = conversions.counted(db, charge, sent, then)
        _count(db, charge, -min(given_back, given_back if counted is None else counted))
    refund.due_at = None
    refund.body.pop("pending_reason", None)
    return _change(db, refund, cause=cause, status=status, failure_balance_transaction=moved.id, **fields)


def _movement(db: Database, refund: Document) -> Body:
    (moved,) = documents.about(db, "balance_transaction", "id", refund.body["balance_transaction"])
    return moved.body


def _change(db: Database, refund: Document, *, cause: Cause, **changes: Any) -> Document:
    previous = {name: refund.body.get(name) for name in changes}
    refund.body |= changes
    documents.save(db, refund)
    # Both say the same; the older name is what integrations of before 2024 listen to.
    for type in ("refund.updated", "charge.refund.updated"):
        events.record(db, type, refund, cause=cause, previous=previous)
    return refund


def _require(refund: Document, verb: str, statuses: tuple[str, ...]) -> None:
    if refund.body["status"] not in statuses:
        raise StripeError(
            f"Refund {refund.id} is {refund.body['status']}; only a {' or '.join(statuses)} refund can be {verb}.",
            param="refund",
        )
