"""SetupIntents: a payment method is saved for later payments, with the leave of the customer and, if it asks, the bank.

requires_payment_method -> requires_confirmation -> requires_action -> succeeded | canceled; a refusal leads back to
requires_payment_method.
"""

from typing import Any

from stripe_sandbox.errors import StripeError, error_body
from stripe_sandbox.intents import actions, mandates, usable
from stripe_sandbox.objects import Body, Document, changes, documents, ids
from stripe_sandbox.payments import intents, payment_methods, saved_methods
from stripe_sandbox.store import Database

KIND = "setup_intent"
_CHANGEABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
_STORED = ("allowed_payment_method_types customer description excluded_payment_method_types metadata usage").split()


def create(db: Database, fields: Body, *, session: str = "") -> Document:
    """A new SetupIntent from checked parameters, with its event; `session` is the Checkout Session that made it."""
    types = fields.get("payment_method_types") or usable.types(fields, currency=None)
    method = _usable(db, fields["payment_method"], fields.get("customer"), types) if _has(fields) else None
    intent_id = ids.new(KIND)
    return changes.make(
        db,
        KIND,
        f"{KIND}.created",
        private={"session": session} if session else {},
        id=intent_id,
        client_secret=f"{intent_id}_secret_{ids.random_text(25)}",
        payment_method=method.id if method else None,
        payment_method_types=types,
        status="requires_confirmation" if method else "requires_payment_method",
        **_stored(fields),
        **{} if session else usable.automatic(fields),
    )


def update(db: Database, intent: Document, fields: Body) -> Document:
    """Change a SetupIntent that is not done. Stripe tells of none of it. Raises StripeError."""
    _require_changeable(intent, "update")
    wanted = _stored(fields)
    if "metadata" in wanted:
        wanted["metadata"] = changes.merged_metadata(intent.body["metadata"], wanted["metadata"])
    if _has(fields):
        customer = wanted.get("customer", intent.body["customer"])
        method = _usable(db, fields["payment_method"], customer, intent.body["payment_method_types"])
        wanted |= {"payment_method": method.id, "status": "requires_confirmation", "next_action": None}
    intent.body |= wanted
    documents.save(db, intent)
    return intent


def confirm(
    db: Database, intent: Document, *, method_id: str | None, return_url: str | None, mandate_data: Body | None
) -> Body | None:
    """Ask the method's bank; gives the error of an attempt that was refused. Raises StripeError."""
    _require_changeable(intent, "confirm")
    wanted = method_id or intent.body["payment_method"]
    if wanted is None:
        raise intents.unexpected_state(
            intent,
            "You cannot confirm this SetupIntent because it's missing a payment method. Update the SetupIntent with a "
            "payment method, then try confirming again.",
        )
    method = _usable(db, wanted, intent.body["customer"], intent.body["payment_method_types"])
    usable.require_way_back(intent, return_url)
    mandates.require(db, method, mandate_data, is_for_later=True)
    intent.private["return_url"] = return_url
    return attempt(db, intent, method, action=actions.of_intent(db, intent, return_url=return_url))


def attempt(db: Database, intent: Document, method: Document, *, action: Body) -> Body | None:
    """Save the method, or have the customer pass 3-D Secure first, to which `action` leads."""
    if payment_methods.asks_bank(method):
        fields: Body = {"payment_method": method.id, "last_setup_error": None, "next_action": action}
        _become(db, intent, "requires_action", **fields)
        return None
    return _save(db, intent, method)


def answer_bank(db: Database, intent: Document, *, is_approved: bool) -> Body | None:
    """The customer has passed 3-D Secure, or not; gives the error of an attempt that was refused."""
    waiting = intents.waiting_for_bank(db, intent)
    if waiting is None:
        raise StripeError(f"SetupIntent {intent.id} does not wait for the bank.", param="intent")
    _, method = waiting
    if is_approved:
        return _save(db, intent, method)
    error = error_body(
        "The latest attempt to set up the payment method has failed because authentication failed.",
        code="setup_intent_authentication_failure",
        payment_method=method.body,
    )
    return _fail(db, intent, error)


def succeed(db: Database, intent: Document, method: Document) -> None:
    """The method is saved: it may be charged later, as the intent's usage says."""
    if customer := intent.body["customer"]:
        is_set_up = intent.body["usage"] == "off_session"
        payment_methods.attach(db, method, customer, is_set_up=is_set_up)
    fields: Body = {"payment_method": method.id, "mandate": method.private.get("mandate"), "last_setup_error": None}
    _become(db, intent, "succeeded", **fields)


def cancel(db: Database, intent: Document, *, reason: str | None) -> Document:
    """Nothing will be saved with it any more; returns it. Raises StripeError for one that is done."""
    _require_changeable(intent, "cancel")
    end(db, intent, reason=reason)
    return intent


def end(db: Database, intent: Document, *, reason: str | None) -> None:
    """Canceled, with its event."""
    _become(db, intent, "canceled", cancellation_reason=reason)


def _save(db: Database, intent: Document, method: Document) -> Body | None:
    decline = saved_methods.refusal_of(db, method)
    if decline is None:
        succeed(db, intent, method)
        return None
    fields: Body = {"payment_method": method.body, **decline.named}
    return _fail(db, intent, error_body(decline.message, type="card_error", code=decline.code, **fields))


def _fail(db: Database, intent: Document, error: Body) -> Body:
    """Refused, but not over: another method may be tried."""
    fields: Body = {"payment_method": None, "last_setup_error": error}
    _become(db, intent, "requires_payment_method", event="setup_failed", **fields)
    return error


def _usable(db: Database, id: str, customer: str | None, types: list[str]) -> Document:
    return usable.method(db, id, customer=customer, types=types)


def _require_changeable(intent: Document, verb: str) -> None:
    status = intent.body["status"]
    if status in _CHANGEABLE and intent.private.get("session"):
        raise intents.unexpected_state(
            intent, f"You cannot {verb} the SetupIntent for a Checkout Session. Expire the Checkout Session instead."
        )
    if status not in _CHANGEABLE:
        raise intents.unexpected_state(
            intent,
            f"You cannot {verb} this SetupIntent because it has a status of {status}. You may only {verb} a "
            f"SetupIntent with one of the following statuses: {', '.join(_CHANGEABLE)}.",
        )


def _become(db: Database, intent: Document, status: str, *, event: str = "", **fields: Any) -> None:
    changes.change(db, intent, f"{KIND}.{event or status}", status=status, **{"next_action": None, **fields})


def _stored(fields: Body) -> Body:
    """What is kept as it was sent; an empty text clears."""
    found = {name: fields[name] for name in _STORED if name in fields}
    return {name: None if value == "" else value for name, value in found.items()}


def _has(fields: Body) -> bool:
    return "payment_method" in fields
