"""A PaymentIntent's life: requires_payment_method -> requires_action | processing -> succeeded | canceled.

Refused, it starts again.
Checkout makes one when its buyer first tries to pay, and goes on with the same one until the payment succeeds; an
invoice gets its one when it is finalized.
"""

from typing import Any

from stripe_sandbox.catalogue import customers
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import documents, ids, shapes
from stripe_sandbox.objects.documents import Body, Document
from stripe_sandbox.store import clock
from stripe_sandbox.store.store import Database
from stripe_sandbox.webhooks import events
from stripe_sandbox.webhooks.events import Cause

_FROM_DATA = (
    "description receipt_email setup_future_usage statement_descriptor statement_descriptor_suffix transfer_group"
).split()


def of_session(db: Database, session: Document, *, cause: Cause) -> Document:
    """The session's PaymentIntent, made now if this is the first attempt."""
    if session.body["payment_intent"]:
        found = documents.find(db, "payment_intent", session.body["payment_intent"])
        if found:
            return found
    data = session.private["payment_intent_data"]
    shipping = data.get("shipping")
    intent = create(
        db,
        {"session": session.id},
        cause=cause,
        amount=session.body["amount_total"],
        currency=session.body["currency"],
        customer=session.body["customer"],
        metadata=customers.merged_metadata({}, data.get("metadata", {})),
        payment_method_types=session.body["payment_method_types"],
        shipping=_shipping(shipping) if shipping else None,
        **{name: data[name] for name in _FROM_DATA if name in data},
    )
    session.body["payment_intent"] = intent.id
    documents.save(db, session)
    return intent


def create(db: Database, private: Body, *, cause: Cause, **fields: Any) -> Document:
    """`private` names the session or the invoice that it pays."""
    intent_id = ids.new("payment_intent")
    body = shapes.new(
        "payment_intent",
        id=intent_id,
        client_secret=f"{intent_id}_secret_{ids.random_text(25)}",
        created=clock.now(db),
        **fields,
    )
    intent = documents.add(db, Document("payment_intent", body, private))
    events.record(db, "payment_intent.created", intent, cause=cause)
    return intent


def _shipping(data: Body) -> Body:
    whole = {"carrier": None, "phone": None, "tracking_number": None, **data}
    return {**whole, "address": shapes.ADDRESS | whole["address"]}


def wait_for_bank(db: Database, intent: Document, method: Document, *, address: str, cause: Cause) -> None:
    """3-D Secure: the buyer must approve the payment on their bank's page at `address`."""
    intent.body |= {
        "status": "requires_action",
        "payment_method": method.id,
        "last_payment_error": None,
        "next_action": {"type": "redirect_to_url", "redirect_to_url": {"return_url": None, "url": address}},
    }
    documents.save(db, intent)
    events.record(db, "payment_intent.requires_action", intent, cause=cause)


def process(db: Database, intent: Document, method: Document, *, charge: str, cause: Cause) -> None:
    """A debit is on its way; whether it arrives is known in some days."""
    intent.body |= {
        "status": "processing",
        "latest_charge": charge,
        "last_payment_error": None,
        "next_action": None,
        "payment_method": method.id,
    }
    documents.save(db, intent)
    events.record(db, "payment_intent.processing", intent, cause=cause)


def succeed(db: Database, intent: Document, method: Document, *, charge: str, cause: Cause) -> None:
    """The PaymentIntent is paid by this charge, with its event."""
    intent.body |= {
        "status": "succeeded",
        "amount_received": intent.body["amount"],
        "latest_charge": charge,
        "last_payment_error": None,
        "next_action": None,
        "payment_method": method.id,
    }
    intent.due_at = None
    documents.save(db, intent)
    events.record(db, "payment_intent.succeeded", intent, cause=cause)


def fail(db: Database, intent: Document, error: Body, *, charge: str | None, cause: Cause) -> None:
    """Record a refused payment, with its event; the buyer may try again."""
    intent.body |= {
        "status": "requires_payment_method",
        "latest_charge": charge or intent.body["latest_charge"],
        "last_payment_error": error,
        "next_action": None,
        "payment_method": None,
    }
    intent.due_at = None
    documents.save(db, intent)
    events.record(db, "payment_intent.payment_failed", intent, cause=cause)


def cancel(db: Database, intent: Document, *, reason: str | None, cause: Cause) -> Document:
    """Cancel a PaymentIntent, with its event; returns it. Raises StripeError for one that is paid or processing."""
    status = intent.body["status"]
    # A debit that is on its way is in the banks' hands.
    if status in ("succeeded", "canceled", "processing"):
        raise StripeError(
            f"You cannot cancel this PaymentIntent because it has a status of {status}. Only a PaymentIntent with one "
            "of the following statuses may be canceled: requires_payment_method, requires_capture, "
            "requires_confirmation, requires_action.",
            code="payment_intent_unexpected_state",
            param="intent",
        )
    if "invoice" in intent.private:
        raise StripeError(
            "You cannot cancel this PaymentIntent because it pays an invoice. Void the invoice instead.",
            code="payment_intent_unexpected_state",
            param="intent",
        )
    session = documents.find(db, "checkout.session", intent.private.get("session", ""))
    if session and session.body["status"] == "open":
        raise StripeError(
            "You cannot cancel the PaymentIntent for a Checkout Session. Expire the Checkout Session instead.",
            code="payment_intent_unexpected_state",
            param="intent",
        )
    end(db, intent, reason=reason, cause=cause)
    return intent


def end(db: Database, intent: Document, *, reason: str | None, cause: Cause) -> None:
    """Cancel a PaymentIntent in any status, for `reason` (None: not said), with its event."""
    intent.body |= {
        "status": "canceled",
        "canceled_at": clock.now(db),
        "cancellation_reason": reason,
        "next_action": None,
    }
    documents.save(db, intent)
    events.record(db, "payment_intent.canceled", intent, cause=cause)
