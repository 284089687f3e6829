"""PaymentIntents that the shop makes itself: with the customer there, or off session, without them.

requires_payment_method -> requires_confirmation -> requires_action -> processing -> succeeded | canceled; a refusal
leads back to requires_payment_method.
"""

from dataclasses import dataclass
from typing import Any

from stripe_sandbox.billing import forced_declines
from stripe_sandbox.catalogue import currencies
from stripe_sandbox.errors import StripeError
from stripe_sandbox.intents import actions, mandates, usable
from stripe_sandbox.objects import Body, Document, changes, documents
from stripe_sandbox.payments import after_payment, bank_debits, cards, charges, intents, payment_methods
from stripe_sandbox.payments.cards import Decline
from stripe_sandbox.store import Database

_LARGEST_AMOUNT = 99_999_999
_CHANGEABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
# What an intent says at any time.
_ALWAYS_CHANGEABLE = ("description", "metadata")


@dataclass(frozen=True)
class Terms:
    """How an intent is confirmed. `is_off_session`: the customer is not there to pass 3-D Secure.

    `refuses_action`: nor is the shop ready for it, so a card that asks is declined.
    """

    is_off_session: bool = False
    refuses_action: bool = False
    return_url: str | None = None
    mandate_data: Body | None = None


def create(db: Database, fields: Body) -> Document:
    """A new PaymentIntent from checked parameters, with its event; returns it. Raises StripeError."""
    currency = fields["currency"]
    _check_amount(fields["amount"], currency)
    types, customer = usable.types(fields, currency=currency), fields.get("customer")
    method = usable.method(db, fields["payment_method"], customer=customer, types=types) if _has(fields) else None
    return intents.create(
        db,
        {"is_direct": True},
        payment_method=method.id if method else None,
        payment_method_types=types,
        status="requires_confirmation" if method else "requires_payment_method",
        **_stored(fields) | usable.automatic(fields),
    )


def update(db: Database, intent: Document, fields: Body) -> Document:
    """Change a PaymentIntent that is not paid; its metadata and description at any time. Stripe tells of none of it.

    Raises StripeError.
    """
    wanted = _stored(fields)
    if "metadata" in wanted:
        wanted["metadata"] = changes.merged_metadata(intent.body["metadata"], wanted["metadata"])
    frozen = [name for name in fields if name not in _ALWAYS_CHANGEABLE]
    if frozen:
        _require_own(intent, "update")
        _require_status(
            intent,
            f"This PaymentIntent's {frozen[0]} could not be updated",
            f"You may only update the {frozen[0]} of",
        )
    new = {**intent.body, **wanted}
    _check_amount(new["amount"], new["currency"])
    if "currency" in wanted:
        wanted["payment_method_types"] = new["payment_method_types"] = usable.types(new, currency=new["currency"])
    if _has(fields):
        found = usable.method(db, fields["payment_method"], customer=new["customer"], types=new["payment_method_types"])
        wanted |= {"payment_method": found.id, "status": "requires_confirmation", "next_action": None}
    intent.body |= wanted
    documents.save(db, intent)
    return intent


def confirm(db: Database, intent: Document, terms: Terms, *, method_id: str | None = None) -> Body | None:
    """One attempt to pay; gives the error of one that was refused, which is on the intent too. Raises StripeError."""
    method = _method(db, intent, method_id)
    if terms.is_off_session and intent.body["setup_future_usage"]:
        raise StripeError(
            "You cannot use `off_session` with `setup_future_usage`: only a customer who is there can agree to later "
            "payments.",
            param="off_session",
        )
    usable.require_way_back(intent, terms.return_url)
    is_for_later = bool(intent.body["setup_future_usage"])
    mandates.require(db, method, terms.mandate_data, is_for_later=is_for_later)
    intent.private["return_url"] = terms.return_url
    if method.body["type"] == "us_bank_account":
        bank_debits.send_off(db, intent, method)
        _keep(db, intent, method)
        return None
    if not terms.is_off_session and payment_methods.asks_bank(method) and not terms.refuses_action:
        action = actions.of_intent(db, intent, return_url=terms.return_url)
        intents.wait_for_bank(db, intent, method, action=action)
        return None
    return _charge(db, intent, method, decline=_decline(db, intent, method, terms))


def answer_bank(db: Database, intent: Document, *, is_approved: bool) -> Body | None:
    """The customer has passed 3-D Secure, or not; gives the error of an attempt that was refused."""
    waiting = intents.waiting_for_bank(db, intent)
    if waiting is None:
        raise StripeError(f"PaymentIntent {intent.id} does not wait for the bank.", param="intent")
    _, method = waiting
    if not is_approved:
        return charges.fail_authentication(db, intent, method)
    decline = payment_methods.decline_of(db, method)
    return _charge(db, intent, method, decline=decline, is_authenticated=True)


def _decline(db: Database, intent: Document, method: Document, terms: Terms) -> Decline | None:
    """Why the bank refuses, if it does: because it was told to, because of the card, or because nobody can confirm."""
    forced = forced_declines.take(db, intent.body["customer"]) if terms.is_off_session else None
    if forced:
        return forced
    asks = payment_methods.asks_bank_when_absent if terms.is_off_session else payment_methods.asks_bank
    if asks(method):
        return cards.UNAUTHENTICATED
    return payment_methods.decline_of(db, method)


def _charge(
    db: Database, intent: Document, method: Document, *, decline: Decline | None, is_authenticated: bool = False
) -> Body | None:
    charged = charges.take(db, intent, method, decline=decline, is_authenticated=is_authenticated)
    if charged.error:
        return charged.error
    _keep(db, intent, method)
    after_payment.of_payment(db, charged.charge, number=method.private.get("number"))
    return None


def _keep(db: Database, intent: Document, method: Document) -> None:
    """Save the method with the customer, where the intent says that it is for later payments too."""
    usage, customer = intent.body["setup_future_usage"], intent.body["customer"]
    if usage and customer:
        payment_methods.attach(db, method, customer, is_set_up=usage == "off_session")


def _method(db: Database, intent: Document, method_id: str | None) -> Document:
    _require_own(intent, "confirm")
    if intent.body["status"] == "succeeded":
        raise intents.unexpected_state(
            intent,
            "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.",
        )
    _require_status(intent, "You cannot confirm this PaymentIntent", "You may only confirm")
    wanted = method_id or intent.body["payment_method"]
    if wanted is None:
        raise intents.unexpected_state(
            intent,
            "You cannot confirm this PaymentIntent because it's missing a payment method. To confirm the PaymentIntent "
            "with a payment method attached to a customer, specify the payment method and the customer.",
        )
    types = intent.body["payment_method_types"]
    return usable.method(db, wanted, customer=intent.body["customer"], types=types)


def _require_own(intent: Document, verb: str) -> None:
    if "is_direct" not in intent.private:
        raise intents.unexpected_state(
            intent, f"You cannot {verb} this PaymentIntent: a Checkout Session or an invoice made it, and pays with it."
        )


def _require_status(intent: Document, what: str, only: str) -> None:
    status = intent.body["status"]
    if status not in _CHANGEABLE:
        raise intents.unexpected_state(
            intent,
            f"{what} because it has a status of {status}. {only} a PaymentIntent with one of the following statuses: "
            f"{', '.join(_CHANGEABLE)}.",
        )


def _check_amount(amount: int, currency: str) -> None:
    if not currencies.is_known(currency):
        raise StripeError(f"Invalid currency: {currency}.", param="currency")
    smallest = currencies.smallest_charge(currency)
    if amount < smallest:
        raise StripeError(
            f"Amount must be at least {currencies.shown(smallest, currency)} {currency}",
            code="amount_too_small",
            param="amount",
        )
    if amount > _LARGEST_AMOUNT:
        raise StripeError(
            f"Amount must be no more than {currencies.shown(_LARGEST_AMOUNT, currency)}",
            code="amount_too_large",
            param="amount",
        )


_STORED = (
    "allowed_payment_method_types amount currency customer description excluded_payment_method_types metadata "
    "receipt_email setup_future_usage shipping statement_descriptor statement_descriptor_suffix transfer_group"
).split()


def _stored(fields: Body) -> Body:
    """What is kept as it was sent; an empty text clears."""
    found: dict[str, Any] = {name: fields[name] for name in _STORED if name in fields}
    found = {name: None if value == "" else value for name, value in found.items()}
    if found.get("shipping"):
        found["shipping"] = intents.shipped(found["shipping"])
    return found


def _has(fields: Body) -> bool:
    return "payment_method" in fields
