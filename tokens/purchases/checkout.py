"""From an order to Stripe's hosted page and back: open a Checkout Session, and settle what became of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from tokens import rows
from tokens.catalog import Package, get_catalog
from tokens.errors import (
    NoSuchObject,
    NotOurs,
    SessionMismatch,
    StripeFailed,
    StripeUnreachable,
    UnknownPurchase,
)
from tokens.idempotency import one_at_a_time
from tokens.models import Purchase
from tokens.models.purchase import PurchaseQuerySet
from tokens.purchases import lifecycle, papers
from tokens.purchases.lifecycle import Buyer, Item
from tokens.stripe_api import billing, gateway
from tokens.stripe_api.customers import with_customer
from tokens.stripe_api.pointers import id_in, part, pointer_on
from tokens.stripe_api.saved_cards import SAVES_CARD
from tokens.wording import counted

log = logging.getLogger(__name__)

# What Stripe calls a session whose money is certain.
PAID = ("paid", "no_payment_required")


@one_at_a_time()
def open_checkout(user_id: int, package_key: str, *, buyer: Buyer, card_wish: str = "") -> Purchase:
    """A pending purchase whose `checkout_url` is open for payment: the one already open for this pack, or a new one.

    With a `card_wish`, the sentence that was ticked, the page saves the card that pays. Whoever changes their mind
    about that is left with one page. Raises UnknownPackage; OwnTerms; StripeFailed, after which no order is left open;
    CallUnderWay for a second click while the first waits for Stripe.
    """
    while True:
        package = get_catalog().package(package_key)
        purchase = lifecycle.order(user_id, Item.of_package(package), buyer=buyer, card_wish=card_wish)
        if not purchase.stripe_checkout_session_id or _is_still_open(purchase):
            break
    mine = Purchase.objects.for_user(user_id).filter(package_key=package.key, origin=buyer.origin)
    _close(mine.filter(card_wish__isnull=bool(card_wish)))
    saves = SAVES_CARD if card_wish else {}
    return open_page(purchase, lambda: {**_params(purchase, package), **saves})


def open_page(purchase: Purchase, params: Callable[[], dict[str, Any]]) -> Purchase:
    """Open the hosted page of an order, unless it has one. `params` says what only this kind of order asks for.

    Raises StripeFailed, after which no order is left open; CallUnderWay, when Stripe still works on such a call.
    """
    return purchase if purchase.stripe_checkout_session_id else _create_page(purchase, params)


def settle_session(session: dict[str, Any], *, is_news: bool = True) -> Purchase:
    """Bring the purchase that a Checkout Session (plain data) names in line with it; quiet when it already is.

    A session still says complete/unpaid after its bank payment failed: only a session that carries its
    PaymentIntent in whole tells. Raises UnknownPurchase, SessionMismatch. Called by the webhook, the success page, the
    sweep and reconciliation alike. What is no news to the buyer is not told.
    """
    purchase = purchase_of(session)
    if session["mode"] == "subscription" and session["status"] != "expired":
        return purchase  # its money comes by invoices
    _require_match(session, purchase)
    payment_intent = intent_id(session)
    match session["status"], session["payment_status"]:
        case "complete", status if status in PAID:
            purchase = lifecycle.complete(
                purchase,
                payment_intent=payment_intent,
                paid_cents=session["amount_total"],
                tax_cents=papers.tax_in(session),
                session_id=session["id"],
                invoice_id=id_in(session, "invoice"),
                is_news=is_news,
            )
            # Asked for in whole, it says where it is; in an event the invoice's own says so.
            return papers.keep(purchase, session["invoice"]) if part(session, "invoice") else purchase
        case "complete", "unpaid":
            purchase = lifecycle.mark_processing(purchase, payment_intent=payment_intent)
            return lifecycle.fail(purchase) if payment_has_failed(session) else purchase
        case "expired", _:
            return lifecycle.expire(purchase)
    return purchase


def is_ours(session: dict[str, Any]) -> bool:
    """Whether this shop made the session; a Stripe account may serve other shops too."""
    return pointer_on(session) is not None


def require_ours(session: dict[str, Any]) -> None:
    """Raises NotOurs for a session that points to no purchase."""
    if not is_ours(session):
        raise NotOurs("The Checkout Session was not made by this shop.")


def intent_id(object: dict[str, Any]) -> str | None:
    """The id of the PaymentIntent that an object (plain data) names or includes in whole."""
    return id_in(object, "payment_intent")


def payment_has_failed(session: dict[str, Any]) -> bool:
    """Whether a session's PaymentIntent, carried in whole, was sent back by the bank or called off."""
    intent = session["payment_intent"]
    if not isinstance(intent, dict):
        return False
    was_sent_back = intent["status"] == "requires_payment_method" and intent["last_payment_error"] is not None
    return was_sent_back or intent["status"] == "canceled"


def purchase_of(session: dict[str, Any]) -> Purchase:
    """The purchase a session points to. The pointer is only a pointer: see `_require_match`."""
    pointer = pointer_on(session)
    purchase = rows.find(Purchase, key=pointer) if pointer else None
    if purchase is None:
        raise UnknownPurchase(
            f"Checkout Session {session['id']} names purchase {pointer}, which is not in this database."
        )
    return purchase


def refresh(purchase: Purchase) -> Purchase:
    """Ask Stripe what became of an unsettled purchase. Raises StripeFailed, SessionMismatch."""
    if purchase.is_paid or not purchase.stripe_checkout_session_id:
        return purchase
    return settle_session(gateway.retrieve_checkout_session(purchase.stripe_checkout_session_id))


def refresh_if_possible(purchase: Purchase) -> Purchase:
    """As `refresh`, but a Stripe that cannot be asked, or disagrees, leaves the purchase as it is here."""
    try:
        return refresh(purchase)
    except (StripeFailed, SessionMismatch, UnknownPurchase) as error:
        log.warning("Purchase %s could not be refreshed from Stripe: %s", purchase.pk, error)
        return purchase


def close_pages(user_id: int) -> None:
    """Close the hosted pages on which the user could still pay for tokens. Stripe is asked about one that it won't."""
    _close(Purchase.objects.for_user(user_id))


def _close(purchases: PurchaseQuerySet) -> None:
    for purchase in purchases.of_tokens().filter(status=Purchase.Status.PENDING, top_up=None).order_by("pk"):
        try:
            if purchase.stripe_checkout_session_id:
                billing.expire_checkout_session(purchase.stripe_checkout_session_id)
        except NoSuchObject:
            lifecycle.expire(purchase)
        except StripeFailed:
            refresh_if_possible(purchase)
        else:
            lifecycle.expire(purchase)


def _is_still_open(purchase: Purchase) -> bool:
    try:
        return refresh(purchase).status == Purchase.Status.PENDING
    except NoSuchObject:
        lifecycle.expire(purchase)
        return False


def _create_page(purchase: Purchase, params: Callable[[], dict[str, Any]]) -> Purchase:
    try:
        session = _create_session(purchase, params())
    except StripeFailed as error:
        log.warning("No Checkout Session could be opened for purchase %s: %s", purchase.pk, error)
        lifecycle.fail_unopened(purchase)
        raise
    purchase = lifecycle.note_checkout(
        purchase,
        session_id=session["id"],
        url=session["url"],
        expires_at=datetime.fromtimestamp(session["expires_at"], UTC),
    )
    if purchase.status != Purchase.Status.PENDING:
        raise StripeUnreachable("Stripe took too long to answer; nothing was charged. Please try again.")
    return purchase


def _create_session(purchase: Purchase, params: dict[str, Any]) -> dict[str, Any]:
    return with_customer(purchase.user_id, lambda customer: _send(purchase, params, customer))


def _send(purchase: Purchase, params: dict[str, Any], customer: str) -> dict[str, Any]:
    return gateway.create_checkout_session(
        {
            "customer": customer,
            "client_reference_id": str(purchase.user_id),
            "metadata": order_in_words(purchase),
            **params,
        },
        idempotency_key=f"checkout:{purchase.key}:{customer}",
    )


def _params(purchase: Purchase, package: Package) -> dict[str, Any]:
    product = {"name": package.name, "description": f"{counted(purchase.tokens, 'token')} that never expire"}
    price = {"currency": purchase.currency, "unit_amount": purchase.amount_cents, "product_data": product}
    price |= papers.TAX_BEHAVIOR if settings.STRIPE_TAX else {}
    promotions = {"allow_promotion_codes": True} if settings.STRIPE_PROMOTION_CODES else {}
    return {
        **promotions,
        **papers.asked_for(pointer_to(purchase)),
        "mode": "payment",
        "line_items": [{"price_data": price, "quantity": 1}],
        "payment_intent_data": {"metadata": pointer_to(purchase), "description": purchase.description},
        "success_url": purchase.origin + reverse("tokens:success") + "?session_id={CHECKOUT_SESSION_ID}",
        "cancel_url": f"{purchase.origin}{reverse('tokens:cancel')}?package={package.key}",
    }


def pointer_to(purchase: Purchase) -> dict[str, str]:
    """Metadata for objects at Stripe, by which their events find the purchase; only ever a pointer."""
    return {"purchase_id": str(purchase.pk), "purchase_key": str(purchase.key)}


def order_in_words(purchase: Purchase) -> dict[str, str]:
    """Metadata for a Checkout Session: should this database be lost, `adopting` reads from it what was ordered."""
    return {
        **pointer_to(purchase),
        "package": purchase.package_key,
        "description": purchase.description,
        "tokens": str(purchase.tokens),
        "price": str(purchase.amount_cents),
    }


def mismatches(session: dict[str, Any], purchase: Purchase) -> list[str]:
    """The names of what a session says otherwise than the purchase it points to; money is taken only when none."""
    expected = {
        "client_reference_id": str(purchase.user_id),
        "amount_subtotal": purchase.amount_cents,
        "currency": purchase.currency,
        "livemode": gateway.is_live(),
        "id": purchase.stripe_checkout_session_id or session["id"],
    }
    wrong = [name for name, value in expected.items() if session[name] != value]
    if session["amount_total"] != purchase.amount_cents - _allowed_discount(session) + papers.tax_in(session):
        wrong.append("amount_total")
    return wrong


def _allowed_discount(session: dict[str, Any]) -> int:
    """In the smallest unit. The page keeps what was allowed when it was opened, whatever the setting says since."""
    discount = (session["total_details"] or {}).get("amount_discount", 0)
    return int(discount) if session["allow_promotion_codes"] else 0


def _require_match(session: dict[str, Any], purchase: Purchase) -> None:
    wrong = mismatches(session, purchase)
    if wrong:
        raise SessionMismatch(
            f"Checkout Session {session['id']} differs from purchase {purchase.pk} in {', '.join(wrong)}; "
            "nothing was credited."
        )
