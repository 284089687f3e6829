"""Emails about automatic top-up: each says what happened, what comes next, and has the link that turns it off.

They are about money, so none can be switched off. Each is written in the transaction of its fact.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tokens.emails.kinds import Kind, kind, put, write
from tokens.ledger.wallet import read_wallet
from tokens.models import AutoTopUp, Mail, Purchase, SavedCard, TopUp
from tokens.money import format_money
from tokens.purchases.emails import money_of
from tokens.top_up.links import off_path


def _receipt(email: Mail) -> dict[str, Any]:
    purchase = Purchase.objects.get(pk=email.about.split(":")[1])
    auto = AutoTopUp.objects.filter(pk=purchase.user_id).first()
    top_up = TopUp.objects.filter(purchase=purchase).first()
    return {
        "purchase": purchase,
        "paid_with": top_up.card if top_up else "",
        "auto": auto,
        "wallet": read_wallet(purchase.user_id),
        "off_path": off_path(purchase.user_id),
        **money_of(purchase),
    }


DONE = kind(
    "top_up_done",
    name="Automatic top-ups",
    description="What was bought automatically, what you paid and your new balance.",
    look_up=_receipt,
)
DECLINED = kind(
    "top_up_declined",
    name="Declined top-ups",
    description="Your card was declined for an automatic top-up, and when it is tried again.",
)
CONFIRM = kind(
    "top_up_confirm",
    name="Top-ups to confirm",
    description="Your bank wants you to confirm the payment of an automatic top-up.",
)
OFF = kind("top_up_off", name="Automatic top-up turned off", description="Automatic top-up was turned off, and why.")
CARD = kind(
    "card_saved",
    name="Saved card",
    description="A card was saved for automatic top-up, and what may be charged to it.",
)
LIMIT = kind(
    "top_up_limit",
    name="Top-up limit reached",
    description="Automatic top-up has reached the monthly limit you set.",
)


def topped_up(purchase: Purchase) -> None:
    """The receipt."""
    put(purchase.user_id, DONE, about=f"purchase:{purchase.pk}:topped_up")


def declined(top_up: TopUp, *, again_at: datetime) -> None:
    """The card said no; what was tried last is tried again."""
    _write(top_up, DECLINED, f"top_up:{top_up.pk}:declined:{top_up.declines}", again_at=again_at)


def confirm(top_up: TopUp) -> None:
    """The bank wants the customer to be there."""
    _write(top_up, CONFIRM, f"top_up:{top_up.pk}:confirm")


def turned_off(auto: AutoTopUp) -> None:
    """It is off, and why; each time that it is turned off."""
    about = f"auto_top_up:{auto.pk}:off:{auto.off_at:%Y%m%dT%H%M%S%f}"
    write(auto.pk, OFF, about=about, auto=auto, wallet=read_wallet(auto.pk), is_price=auto.off_reason == "price")


def card_saved(card: SavedCard, *, before: str) -> None:
    """Which card is saved, and in place of which; once for each card."""
    auto = AutoTopUp.objects.filter(pk=card.user_id, is_on=True).first()
    off = off_path(card.user_id)
    write(card.user_id, CARD, about=f"card:{card.stripe_id}:saved", card=card, before=before, auto=auto, off_path=off)


def limit_reached(auto: AutoTopUp, *, again_at: datetime) -> None:
    """Nothing more is bought this month; told once for each limit."""
    about = f"auto_top_up:{auto.pk}:limit:{again_at:%Y-%m}:{auto.monthly_limit_cents}"
    wallet, path = read_wallet(auto.pk), off_path(auto.pk)
    write(auto.pk, LIMIT, about=about, auto=auto, again_at=again_at, wallet=wallet, off_path=path)


def _write(top_up: TopUp, kind: Kind, about: str, **context: Any) -> None:
    purchase = top_up.purchase
    price = format_money(purchase.amount_cents, purchase.currency)
    user_id = top_up.user_id
    card = SavedCard.objects.of(user_id)
    write(
        user_id,
        kind,
        about=about,
        top_up=top_up,
        purchase=purchase,
        price=price,
        card=card,
        wallet=read_wallet(user_id),
        off_path=off_path(user_id),
        **context,
    )
