"""What a PaymentIntent of a top-up says is brought in line here, for worker, webhook and reconciliation."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone

from tokens import rows
from tokens.errors import UnknownPurchase
from tokens.models import Purchase, TopUp
from tokens.purchases import emails as purchase_emails
from tokens.purchases import lifecycle
from tokens.purchases.checkout import order_in_words
from tokens.purchases.reversals import has_moved_money
from tokens.stripe_api import gateway
from tokens.stripe_api.pointers import part, pointer_on
from tokens.top_up import emails
from tokens.top_up.errors import PaymentMismatch
from tokens.transactions import money_transaction

Data = dict[str, Any]
# Stripe's metadata of a top-up's PaymentIntent says which crossing it is of; that of a page's has no such word.
MARK = "top_up"


def words_for(top_up: TopUp) -> dict[str, str]:
    """Metadata for its PaymentIntent, from which a lost purchase can be made again."""
    return {
        **order_in_words(top_up.purchase),
        "user_id": str(top_up.user_id),
        "site": settings.SITE_URL,
        MARK: str(top_up.crossing),
    }


def is_top_up(intent: Data) -> bool:
    """Whether a PaymentIntent (plain data) is of automatic top-up; those of pages are settled by their session."""
    return pointer_on(intent) is not None and MARK in part(intent, "metadata")


def settle(intent: Data, *, is_news: bool = True) -> Purchase:
    """Bring the purchase and its top-up in line with a PaymentIntent (plain data); quiet when they already are.

    That the card was declined is no end: the worker tries again. Raises UnknownPurchase, PaymentMismatch.
    """
    purchase = purchase_of(intent)
    require_match(intent, purchase)
    return _settle(intent, purchase, is_news=is_news)


def purchase_of(intent: Data) -> Purchase:
    """The purchase that a PaymentIntent points to. Raises UnknownPurchase."""
    pointer = pointer_on(intent)
    purchase = rows.find(Purchase, key=pointer) if pointer else None
    if purchase is None:
        raise UnknownPurchase(f"{intent['id']} names purchase {pointer}, which is not in this database.")
    return purchase


def mismatches(intent: Data, purchase: Purchase) -> list[str]:
    """The names of what a PaymentIntent says otherwise than the purchase it points to."""
    expected = {
        "amount": purchase.amount_cents,
        "currency": purchase.currency,
        "livemode": gateway.is_live(),
        "id": purchase.stripe_payment_intent_id or intent["id"],
    }
    wrong = [name for name, value in expected.items() if intent[name] != value]
    if intent["status"] == "succeeded" and intent["amount_received"] != purchase.amount_cents:
        wrong.append("amount_received")
    return wrong


def require_match(intent: Data, purchase: Purchase) -> None:
    """Raises PaymentMismatch."""
    if wrong := mismatches(intent, purchase):
        raise PaymentMismatch(
            f"PaymentIntent {intent['id']} differs from purchase {purchase.pk} in {', '.join(wrong)}; nothing was "
            "credited."
        )


@money_transaction
def _settle(intent: Data, purchase: Purchase, *, is_news: bool) -> Purchase:
    purchase = rows.get(Purchase, pk=purchase.pk, lock=True)
    match intent["status"]:
        case "succeeded":
            return _complete(intent, purchase, is_news=is_news)
        case "processing":
            return lifecycle.mark_processing(purchase, payment_intent=intent["id"])
        case "canceled":
            declined = TopUp.objects.filter(purchase=purchase, declines__gt=0).exists()
            purchase = lifecycle.fail(purchase) if declined else lifecycle.expire(purchase)
            if not purchase.is_paid:
                end(purchase, TopUp.Status.FAILED if declined else TopUp.Status.GIVEN_UP)
    return purchase


def _complete(intent: Data, purchase: Purchase, *, is_news: bool) -> Purchase:
    was_paid = purchase.is_paid
    purchase = lifecycle.complete(
        purchase, payment_intent=intent["id"], paid_cents=intent["amount_received"], is_news=False
    )
    end(purchase, TopUp.Status.DONE)
    if is_news and not was_paid:
        emails.topped_up(purchase)
        if has_moved_money(purchase):
            purchase_emails.money_moved(purchase)
    return purchase


def end(purchase: Purchase, status: TopUp.Status) -> None:
    """The top-up of this purchase is over, unless it was before; money that came after all makes it done."""
    over = {"status": status, "ended_at": timezone.now(), "next_try_at": None}
    still = TopUp.objects.filter(purchase=purchase).exclude(status=TopUp.Status.DONE)
    (still if status == TopUp.Status.DONE else still.filter(status__in=TopUp.OPEN)).update(**over)
