"""Top-ups that a restored database lacks, made again from what their PaymentIntents say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from tokens.errors import NotAdoptable
from tokens.ledger.wallet import lock_wallet
from tokens.models import Purchase, TopUp
from tokens.purchases import lifecycle
from tokens.purchases.adopting import adopt_customer, buyer_of, number_in, require_our_address
from tokens.stripe_api.pointers import part, pointer_on
from tokens.top_up.settling import MARK, mismatches, settle
from tokens.transactions import money_transaction

Data = dict[str, Any]


def may_bring_money(intent: Data) -> bool:
    """Whether a PaymentIntent (plain data) was paid, or its bank is at it. No other is charged by anybody any more."""
    return intent["status"] in ("succeeded", "processing")


def adopt(intent: Data) -> Purchase:
    """The purchase that a top-up's PaymentIntent names, made again and settled, once.

    Raises NotAdoptable, PaymentMismatch.
    """
    lost = _lost(intent)
    if wrong := mismatches(intent, lost):
        raise NotAdoptable(f"it says otherwise than its metadata in {', '.join(wrong)}.")
    return _make_and_settle(intent, lost)


@money_transaction
def _make_and_settle(intent: Data, lost: Purchase) -> Purchase:
    lock_wallet(lost.user_id)
    purchase = lifecycle.adopt(lost)
    adopt_customer(intent, purchase)
    if not TopUp.objects.filter(purchase=purchase).exists():
        TopUp.objects.create(
            user_id=purchase.user_id,
            crossing=TopUp.objects.filter(user=purchase.user_id).count() + 1,
            purchase=purchase,
            status=TopUp.Status.DONE,
            created_at=lost.created_at,
            ended_at=timezone.now(),
        )
    return settle(intent, is_news=False)


def _lost(intent: Data) -> Purchase:
    """The purchase as it was ordered; not saved yet. Raises NotAdoptable."""
    order, made_at = part(intent, "metadata"), datetime.fromtimestamp(intent["created"], UTC)
    key = pointer_on(intent)
    if key is None or MARK not in order:
        raise NotAdoptable("it names no top-up of this shop.")
    if (site := str(order.get("site") or "")) != settings.SITE_URL:
        require_our_address(site)  # as it was called then
    tokens = number_in(order, "tokens")
    if not tokens:
        raise NotAdoptable("its metadata says that no tokens were ordered.")
    return Purchase(
        key=key,
        user_id=buyer_of(str(order.get("user_id") or ""), intent, made_at),
        type=Purchase.Type.TOKENS,
        package_key=str(order.get("package") or "")[:50],
        description=str(order.get("description") or order.get("package") or "")[:200],
        tokens=tokens,
        amount_cents=number_in(order, "price"),
        currency=intent["currency"],
        stripe_payment_intent_id=intent["id"],
        created_at=made_at,
        adopted_at=timezone.now(),
    )
