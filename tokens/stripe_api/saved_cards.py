"""A customer's saved card at Stripe: saved on a hosted page, charged while they are away, confirmed by them, detached.

A bank that wants to be asked cannot be asked off session: the charge is refused with `authentication_required`. Stripe
has no page for such a PaymentIntent by itself; confirming it anew while the customer is there (`confirm_with_customer`)
gives the address of their bank's page, from which they come back to `return_url`. Like everything at the gateway: never
called while a database transaction is open, and raising only named errors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from tokens.errors import CardRefused, NoSuchObject, StripeFailed, StripeUnreachable
from tokens.stripe_api import billing
from tokens.stripe_api.gateway import all_plain, create_checkout_session, listed, plain
from tokens.stripe_api.pointers import id_in, part
from tokens.wording import sentence

Data = dict[str, Any]
# Cards only: what is saved here is charged by itself, and known to be paid at once.
TYPES = ["card"]
ASKS_BANK = "authentication_required"
# What asks a hosted payment page to save the card that pays. Checkout has two ways, and only this one is a leave to
# charge later: the bank is told that payments will follow without the customer, so it asks for all it needs now, and
# Stripe's page says that the card will be used for future payments. The box that Stripe's page can show by itself
# (`payment_method_save`) only has the card offered again at the next purchase, with the customer there; what it saves
# could be sent a charge off session, but no bank has agreed to one. Said of cards alone, so that whoever pays from a
# bank account after all saves nothing: it would take days until such a payment is known to be money.
SAVES_CARD = {"payment_method_options": {"card": {"setup_future_usage": "off_session"}}}
# Subscriptions for which nothing is charged any more.
OVER = ("canceled", "incomplete_expired")
FACTS = ("brand", "last4", "exp_month", "exp_year")


@dataclass(frozen=True)
class SetupPage:
    """A hosted page on which a card is saved; nothing is charged there."""

    session_id: str
    url: str
    expires_at: datetime


@dataclass(frozen=True)
class SavedCard:
    """`last4` are the digits shown to people; the card is good until the end of the month `exp_month` of `exp_year`."""

    id: str
    customer_id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    made_at: datetime


class Outcome(StrEnum):
    """What became of an attempt to charge. Only SUCCEEDED is money; PROCESSING becomes that or DECLINED by itself."""

    SUCCEEDED = "succeeded"
    PROCESSING = "processing"
    NEEDS_CUSTOMER = "requires_action"
    DECLINED = "declined"
    CANCELED = "canceled"


@dataclass(frozen=True)
class Attempt:
    """A PaymentIntent and what became of it.

    `url` is the bank's page, once the customer confirms; `code` is Stripe's decline code (or error code) and `sentence`
    its sentence for the customer, of an attempt that was refused. `intent` is the PaymentIntent as plain data.
    """

    payment_intent: str
    outcome: Outcome
    url: str = ""
    code: str = ""
    sentence: str = ""
    intent: Data = field(default_factory=dict, repr=False, compare=False)

    @property
    def is_paid(self) -> bool:
        return self.outcome is Outcome.SUCCEEDED


def open_setup_page(
    customer_id: str, *, success_url: str, cancel_url: str, metadata: dict[str, str], idempotency_key: str
) -> SetupPage:
    """A page on which the customer saves a card; `success_url` may have {CHECKOUT_SESSION_ID} in it.

    Raises StripeFailed; NoSuchObject for a customer whom Stripe no longer knows.
    """
    params = {
        "mode": "setup",
        "customer": customer_id,
        "allowed_payment_method_types": TYPES,
        "success_url": success_url,
        "cancel_url": cancel_url,
        "metadata": metadata,
        "setup_intent_data": {"metadata": metadata},
    }
    session = create_checkout_session(params, idempotency_key=idempotency_key)
    return SetupPage(session["id"], session["url"], datetime.fromtimestamp(session["expires_at"], UTC))


def card_of_setup(session_id: str) -> SavedCard | None:
    """The card that was saved on a setup page; None until then. Raises StripeFailed, NoSuchObject."""
    whole: Any = {"expand": ["setup_intent.payment_method"]}
    session = plain(lambda v1: v1.checkout.sessions.retrieve(session_id, params=whole))
    setup = part(session, "setup_intent")
    return _card(part(setup, "payment_method")) if setup.get("status") == "succeeded" else None


def card_of_payment(payment_intent: str) -> SavedCard | None:
    """The card that a payment was made with, if it was saved then. Raises StripeFailed, NoSuchObject."""
    whole: Any = {"expand": ["payment_method"]}
    return _card(part(plain(lambda v1: v1.payment_intents.retrieve(payment_intent, params=whole)), "payment_method"))


def retrieve_card(payment_method: str) -> SavedCard | None:
    """A saved card as it is now; None once it is no customer's. Raises StripeFailed, NoSuchObject."""
    return _card(plain(lambda v1: v1.payment_methods.retrieve(payment_method)))


def list_cards(customer_id: str) -> list[SavedCard]:
    """Every card of a customer, newest first. Raises StripeFailed, NoSuchObject."""
    params: Any = {"customer": customer_id, "type": "card", "limit": 100}
    found = map(_card, all_plain(lambda v1: v1.payment_methods.list(params=params)))
    return [card for card in found if card]


def prepare_payment(
    customer_id: str,
    *,
    amount_cents: int,
    currency: str,
    description: str,
    metadata: dict[str, str],
    idempotency_key: str,
) -> Attempt:
    """A PaymentIntent that charges nothing until it is confirmed, and once at most. Raises StripeFailed, NoSuchObject.

    So it can be noted before money moves, and asked about however its confirmation ended.
    """
    params: Any = {
        "amount": amount_cents,
        "currency": currency,
        "customer": customer_id,
        "allowed_payment_method_types": TYPES,
        "description": description,
        "metadata": metadata,
    }
    return attempt_of(
        plain(lambda v1: v1.payment_intents.create(params=params, options={"idempotency_key": idempotency_key}))
    )


def charge_away(payment_intent: str, *, payment_method: str, return_url: str, idempotency_key: str) -> Attempt:
    """Charge a saved card while its customer is away; the same key asks the bank once, and answers the same.

    Never raises for a refusal by the bank. Raises StripeFailed, NoSuchObject; StripeUnreachable says nothing about the
    money: retrieve the payment.
    """
    # Stripe asks for the address wherever the account takes methods that redirect.
    params: Any = {"payment_method": payment_method, "off_session": True, "return_url": return_url}
    options: Any = {"idempotency_key": idempotency_key}
    return _attempted(lambda v1: v1.payment_intents.confirm(payment_intent, params=params, options=options))


def payments_since(since: datetime) -> Iterator[Data]:
    """Every PaymentIntent made since then, newest first, as plain data. Raises StripeFailed."""
    return listed("payment_intents", since, {})


def confirm_with_customer(payment_intent: str, *, payment_method: str, return_url: str) -> Attempt:
    """Try again while the customer is there: `url` is where their bank asks them, and sends them to `return_url` after.

    A payment that waits for them, is paid, on its way or canceled is left as it is. Raises StripeFailed, NoSuchObject.
    """
    found = retrieve_payment(payment_intent)
    if found.url or found.outcome not in (Outcome.NEEDS_CUSTOMER, Outcome.DECLINED):
        return found
    params: Any = {"payment_method": payment_method, "return_url": return_url}
    return _attempted(lambda v1: v1.payment_intents.confirm(payment_intent, params=params))


def retrieve_payment(payment_intent: str) -> Attempt:
    """A payment as it is now. Raises StripeFailed, NoSuchObject."""
    return attempt_of(plain(lambda v1: v1.payment_intents.retrieve(payment_intent)))


def cancel_payment(payment_intent: str) -> Attempt:
    """Nobody can pay it any more; one that is paid, on its way or canceled is left, and answered as it is.

    Raises StripeFailed, NoSuchObject.
    """
    params: Any = {"cancellation_reason": "abandoned"}
    try:
        return attempt_of(plain(lambda v1: v1.payment_intents.cancel(payment_intent, params=params)))
    except (NoSuchObject, StripeUnreachable):
        raise
    except StripeFailed:
        found = retrieve_payment(payment_intent)
        if found.outcome in (Outcome.NEEDS_CUSTOMER, Outcome.DECLINED):
            raise
        return found


def forget(payment_method: str) -> bool:
    """See that the card is no customer's any more; False, and nothing done, while a subscription is paid with it.

    Customers may choose it for their membership in the Billing Portal; without it the next month would go unpaid.
    Raises StripeFailed.
    """
    try:
        card = retrieve_card(payment_method)
    except NoSuchObject:
        return True
    if card and _pays_a_subscription(card):
        return False
    if card:
        detach(card.id)
    return True


def detach(payment_method: str) -> None:
    """The card is no customer's any more, and can't be charged; nothing for one that is gone. Raises StripeFailed."""
    try:
        plain(lambda v1: v1.payment_methods.detach(payment_method))
    except NoSuchObject:
        return
    except StripeUnreachable:
        raise
    except StripeFailed:
        if retrieve_card(payment_method) is not None:
            raise


def _pays_a_subscription(card: SavedCard) -> bool:
    """Stripe charges the card that a subscription names, or else the customer's default."""
    live = [each for each in billing.list_subscriptions(card.customer_id) if each["status"] not in OVER]
    named = [id_in(each, "default_payment_method") for each in live]
    if None in named:
        customer = plain(lambda v1: v1.customers.retrieve(card.customer_id))
        named.append(id_in(part(customer, "invoice_settings"), "default_payment_method"))
    return card.id in named


def attempt_of(intent: Data) -> Attempt:
    """What became of a PaymentIntent (plain data), as an event or an answer has it."""
    error = part(intent, "last_payment_error")
    code = error.get("decline_code") or error.get("code") or ""
    outcome = {
        "succeeded": Outcome.SUCCEEDED,
        "processing": Outcome.PROCESSING,
        "requires_action": Outcome.NEEDS_CUSTOMER,
        "canceled": Outcome.CANCELED,
    }.get(intent["status"], Outcome.NEEDS_CUSTOMER if code == ASKS_BANK else Outcome.DECLINED)
    url = part(intent, "next_action", "redirect_to_url").get("url") or ""
    return Attempt(intent["id"], outcome, url, code, sentence(error.get("message") or ""), intent)


def _attempted(call: Any) -> Attempt:
    try:
        return attempt_of(plain(call))
    except CardRefused as refusal:
        if refusal.intent is None:
            raise
        return attempt_of(refusal.intent)


def _card(method: Data) -> SavedCard | None:
    """None for what is no card, or no customer's."""
    card, customer = part(method, "card"), id_in(method, "customer")
    if not card or customer is None:
        return None
    made_at = datetime.fromtimestamp(method["created"], UTC)
    brand, last4, month, year = (card[name] for name in FACTS)
    return SavedCard(method["id"], customer, brand, last4, month, year, made_at)
