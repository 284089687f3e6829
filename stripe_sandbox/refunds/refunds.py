"""A refund's life: pending -> succeeded | failed | canceled; a succeeded one may still fail.

A refund counts in its charge's `amount_refunded` from the moment it exists until it fails or is canceled.
"""

from typing import Any

from stripe_sandbox.catalogue import currencies
from stripe_sandbox.disputes import fraud_warnings
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Body, Document, changes, documents, ids
from stripe_sandbox.payments import balance, conversions, special_numbers
from stripe_sandbox.payments.conversions import Money
from stripe_sandbox.store import Database, clock
from stripe_sandbox.webhooks import events


def create(
    db: Database,
    charge: Document,
    *,
    amount: int | None,
    reason: str | None,
    metadata: Body,
    currency: str | None = None,
    settled: Money | None = None,
) -> Document:
    """Give back `amount` minor units of a charge, or all that is left of it; in another `currency`, if so, and settled.

    What nothing relates to the charge's currency gives back all that is left.
    """
    is_foreign = bool(currency) and currency != charge.body["currency"]
    if is_foreign and amount is None:
        raise StripeError(f"Say how much is refunded in {currency}.", param="amount")
    left = _checked(db, charge, None if is_foreign else amount)
    sent = Money(amount if is_foreign and amount else left, (currency if is_foreign else "") or charge.body["currency"])
    refund = _make(db, charge, sent, settled or sent, reason=reason, metadata=metadata)
    counted = conversions.counted(db, charge, sent, _movement(db, refund))
    if reason == "fraudulent":
        charge.body["fraud_details"] = {"user_report": "fraudulent"}
    previous = _count(db, charge, left if counted is None else min(left, counted))
    events.record(db, "refund.created", refund)
    events.record(db, "charge.refunded", charge, previous=previous)
    if charge.body["refunded"]:
        fraud_warnings.close(db, charge)
    return refund


def _make(
    db: Database, charge: Document, sent: Money, settled: Money, *, reason: str | None, metadata: Body
) -> Document:
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
    fields = _from_charge(charge) | {"amount": sent.amount, "currency": sent.currency}
    if pends:
        fields["pending_reason"] = "processing"
    return changes.make(
        db,
        "refund",
        due_at=None if delay is None else clock.now(db) + delay,
        id=refund_id,
        balance_transaction=moved.id,
        metadata=metadata,
        reason=reason,
        status="pending" if pends else "succeeded",
        **fields,
    )


def charge_of(db: Database, payment_intent: str) -> Document:
    """The charge that took the money of a PaymentIntent."""
    intent = documents.require(db, "payment_intent", payment_intent, param="payment_intent")
    charge = documents.find(db, "charge", intent.body["latest_charge"])
    if charge is None or intent.body["status"] != "succeeded":
        raise StripeError(
            f"This PaymentIntent ({payment_intent}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    return charge


def update(db: Database, refund: Document, metadata: Body | None) -> Document:
    """Change a refund's metadata, with its event; returns it."""
    merged = changes.merged_metadata(refund.body["metadata"], metadata)
    if merged != refund.body["metadata"]:
        _change(db, refund, metadata=merged)
    return refund


def settle(db: Database, refund: Document) -> Document:
    """The money of a pending refund has arrived."""
    _require(refund, "settled", ("pending",))
    refund.due_at = None
    refund.body.pop("pending_reason", None)
    return _change(db, refund, status="succeeded")


def fail(db: Database, refund: Document) -> Document:
    """The buyer's bank sent the money back, perhaps long after it was taken for done."""
    _require(refund, "failed", ("pending", "succeeded"))
    reason = "declined" if refund.id.startswith("pyr_") else "expired_or_canceled_card"
    _give_back(db, refund, status="failed", failure_reason=reason)
    events.record(db, "refund.failed", refund)
    return refund


def cancel(db: Database, refund: Document) -> Document:
    """As the dashboard does with a refund that is not on its way yet."""
    _require(refund, "canceled", ("pending",))
    return _give_back(db, refund, status="canceled")


def come_due(db: Database, refund: Document) -> None:
    """Time has passed: what was pending arrives, what had succeeded turns out to have failed."""
    act = settle if refund.body["status"] == "pending" else fail
    act(db, refund)


def of_charge(db: Database, charge_id: str) -> Body:
    """The expanded `refunds` of a charge, newest first."""
    found = documents.about(db, "refund", "charge", charge_id)[::-1]
    return documents.listing([refund.body for refund in found], f"/v1/charges/{charge_id}/refunds")


def _checked(db: Database, charge: Document, amount: int | None) -> int:
    """The amount to refund: what was asked for, or all that is left. Raises for more than that."""
    body = charge.body
    if body["status"] != "succeeded":
        raise StripeError(f"Charge {charge.id} is {body['status']}; only a succeeded charge can be refunded.")
    if any(not found.body["is_charge_refundable"] for found in documents.about(db, "dispute", "charge", charge.id)):
        raise StripeError(f"Charge {charge.id} has been charged back; cannot issue a refund.", code="charge_disputed")
    left: int = body["amount"] - body["amount_refunded"]
    if left == 0:
        raise StripeError(f"Charge {charge.id} has already been refunded.", code="charge_already_refunded")
    if amount is not None and amount > left:
        of_what = "charge amount" if amount > body["amount"] else "unrefunded amount on charge"
        bound = body["amount"] if amount > body["amount"] else left
        shown, most = (currencies.shown(cents, body["currency"]) for cents in (amount, bound))
        raise StripeError(f"Refund amount ({shown}) is greater than {of_what} ({most})", param="amount")
    return left if amount is None else amount


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


def _give_back(db: Database, refund: Document, *, status: str, **fields: Any) -> Document:
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
    return _change(db, refund, status=status, failure_balance_transaction=moved.id, **fields)


def _movement(db: Database, refund: Document) -> Body:
    (moved,) = documents.about(db, "balance_transaction", "id", refund.body["balance_transaction"])
    return moved.body


def _change(db: Database, refund: Document, **fields: Any) -> Document:
    previous = {name: refund.body.get(name) for name in fields}
    refund.body |= fields
    documents.save(db, refund)
    # Both say the same; the older name is what integrations of before 2024 listen to.
    for type in ("refund.updated", "charge.refund.updated"):
        events.record(db, type, refund, previous=previous)
    return refund


def _require(refund: Document, verb: str, statuses: tuple[str, ...]) -> None:
    if refund.body["status"] not in statuses:
        raise StripeError(
            f"Refund {refund.id} is {refund.body['status']}; only a {' or '.join(statuses)} refund can be {verb}.",
            param="refund",
        )
