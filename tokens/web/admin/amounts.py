"""A purchase's money as staff read it: what was paid, what it cost, and what went back."""

from __future__ import annotations

from tokens.models import Purchase
from tokens.money import format_money
from tokens.wording import counted


def paid_of(purchase: Purchase) -> str:
    """What was paid; a dash until the money is certain."""
    return "-" if purchase.paid_cents is None else format_money(purchase.paid_cents, purchase.currency)


def price_of(purchase: Purchase) -> str:
    """What it cost when it was ordered."""
    return format_money(purchase.amount_cents, purchase.currency)


def reversed_of(purchase: Purchase) -> str:
    """What refunds and disputes took back: money, and the tokens that went with it; a dash for nothing."""
    if not purchase.reversed_cents:
        return "-"
    tokens = purchase.tokens_reversed
    of_tokens = f", {counted(tokens, 'token')}" if tokens else ""
    return f"{format_money(purchase.reversed_cents, purchase.currency)}{of_tokens}"
