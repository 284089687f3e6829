"""A PaymentIntent's life: requires_payment_method -> requires_action | processing -> succeeded | canceled.

Refused, it starts again.
Checkout makes one when its buyer first tries to pay, and goes on with the same one until the payment succeeds; an
invoice gets its one when it is finalized.
"""

from typing import Any

from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Body, Document, changes, documents, ids, shapes
from stripe_sandbox.store import Database, clock

_FROM_DATA = (
    "description receipt_email setup_future_usage statement_descriptor statement_descriptor_suffix transfer_group"
).split()


def of_session(db: Database, session: Document) -> Document:
    """The session's PaymentIntent, made now if this is the first attempt."""
    if found := documents.find(db, "payment_intent", session.body["payment_intent"]):
        return found
    data = session.private["payment_intent_data"]
    shipping = data.get("shipping")
    intent = create(
        db,
        {"session": session.id},
        amount=session.body["amount_total"],
        currency=session.body["currency"],
        customer=session.body["customer"],
        metadata=data.get("metadata"),
        payment_method_types=session.body["payment_method_types"],
        shipping=shipped(shipping) if shipping else None,
        **{name: data[name] for name in _FROM_DATA if name in data},
    )
    session.body["payment_intent"] = intent.id
    documents.save(db, session)
    return intent


def create(db: Database, private: Body, **fields: Any) -> Document:
    """`private` names the session or the invoice that it pays."""
    intent_id = ids.new("payment_intent")
    secret = f"{intent_id}_secret_{ids.random_text(25)}"
    return changes.make(
        db, "payment_intent", "payment_intent.created", private=private, id=intent_id, client_secret=secret, **fields
    )


def shipped(data: Body) -> Body:
    """Where the goods go, with every field that Stripe's object has."""
    whole = {"carrier": None, "phone": None, "tracking_number": None, **data}
    return {**whole, "address": shapes.ADDRESS | whole["address"]}


def wait_for_bank(db: Database, intent: Document, method: Document, *, action: Body) -> None:
    """3-D Secure: the buyer must approve the payment on their bank's page, to which `action` leads."""
    _become(db, intent, "requires_action", payment_method=method.id, last_payment_error=None, next_action=action)


def waiting_for_bank(db: Database, intent: Document | None) -> tuple[Document, Document] | None:
    """The PaymentIntent and its payment method, while the buyer must pass 3-D Secure."""
    if intent is None or intent.body["status"] != "requires_action":
        return None
    return intent, documents.require(db, "payment_method", intent.body["payment_method"])


def process(db: Database, intent: Document, method: Document, *, charge: str) -> None:
    """A debit is on its way; whether it arrives is known in some days."""
    _become(db, intent, "processing", latest_charge=charge, last_payment_error=None, payment_method=method.id)


def succeed(db: Database, intent: Document, method: Document, *, charge: str) -> None:
    """The PaymentIntent is paid by this charge, with its event."""
    intent.due_at = None
    fields: Body = {"latest_charge": charge, "last_payment_error": None, "payment_method": method.id}
    _become(db, intent, "succeeded", amount_received=intent.body["amount"], **fields)


def fail(db: Database, intent: Document, error: Body, *, charge: str | None) -> None:
    """Refused, but not over: the buyer may try again."""
    intent.due_at = None
    charge = charge or intent.body["latest_charge"]
    fields: Body = {"latest_charge": charge, "last_payment_error": error, "payment_method": None}
    _become(db, intent, "requires_payment_method", event="payment_failed", **fields)


def cancel(db: Database, intent: Document, *, reason: str | None) -> Document:
    """Cancel a PaymentIntent, with its event; returns it. Raises StripeError for one that is paid or processing."""
    status = intent.body["status"]
    # A debit that is on its way is in the banks' hands.
    if status in ("succeeded", "canceled", "processing"):
        raise unexpected_state(
            intent,
            f"You cannot cancel this PaymentIntent because it has a status of {status}. Only a PaymentIntent with one "
            "of the following statuses may be canceled: requires_payment_method, requires_capture, "
            "requires_confirmation, requires_action.",
        )
    if "invoice" in intent.private:
        raise unexpected_state(
            intent, "You cannot cancel this PaymentIntent because it pays an invoice. Void the invoice instead."
        )
    session = documents.find(db, "checkout.session", intent.private.get("session"))
    if session and session.body["status"] == "open":
        raise unexpected_state(
            intent,
            "You cannot cancel the PaymentIntent for a Checkout Session. Expire the Checkout Session instead.",
        )
    end(db, intent, reason=reason)
    return intent


def unexpected_state(intent: Document, message: str) -> StripeError:
    """What an intent, of a payment or of saving a method, answers to a call that its status does not allow."""
    refused = StripeError(message, code=f"{intent.kind}_unexpected_state", param="intent")
    refused.error[intent.kind] = intent.body
    return refused


def end(db: Database, intent: Document, *, reason: str | None) -> None:
    """Nothing will be paid with it any more."""
    _become(db, intent, "canceled", canceled_at=clock.now(db), cancellation_reason=reason)


def _become(db: Database, intent: Document, status: str, *, event: str = "", **fields: Any) -> None:
    """Of this status from now on, which its event names too, but for `event`."""
    changes.change(db, intent, f"payment_intent.{event or status}", status=status, **{"next_action": None, **fields})
