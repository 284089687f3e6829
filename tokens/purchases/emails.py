"""Emails about purchases, refunds and disputes.

Every function here is called in the transaction of the change, as often as its event comes: each fact is reported once.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Sum

from tokens.emails.kinds import Kind, kind, put, write
from tokens.ledger.wallet import read_wallet
from tokens.models import Dispute, LedgerEntry, Mail, Purchase, Refund
from tokens.money import format_money
from tokens.purchases import credit_notes
from tokens.purchases.reversals import disputed_cents, refunded_cents


def money_of(purchase: Purchase) -> dict[str, str]:
    """What was paid, the tax in it, and the price where it differs, for the facts of an email."""
    price = format_money(purchase.amount_cents, purchase.currency) if purchase.price_differs else ""
    tax = format_money(purchase.tax_cents, purchase.currency) if purchase.tax_cents else ""
    return {"paid": format_money(purchase.received_cents, purchase.currency), "price": price, "tax": tax}


def _receipt(email: Mail) -> dict[str, Any]:
    purchase = Purchase.objects.get(pk=email.about.split(":")[1])
    return {
        "purchase": purchase,
        **money_of(purchase),
        "repaid": _debt_repaid(purchase),
        "wallet": read_wallet(purchase.user_id),
    }


PURCHASE_COMPLETED = kind(
    "purchase_completed",
    name="Receipts",
    description="What you bought, what you paid and your new balance.",
    look_up=_receipt,
)
BANK_PAYMENT_FAILED = kind(
    "bank_payment_failed",
    name="Failed bank payments",
    description="A bank payment failed, so no tokens were added.",
)
REFUND = kind("refund", name="Refunds", description="The amount refunded and the tokens removed from your balance.")
REFUND_FAILED = kind(
    "refund_failed", name="Failed refunds", description="A refund failed, so your tokens were returned."
)
DISPUTE_FROZEN = kind(
    "dispute_frozen",
    name="Disputed payments",
    description="A payment is disputed, so its tokens are frozen until the dispute is resolved.",
)


def purchase_completed(purchase: Purchase, *, has_moved: bool) -> None:
    """The receipt for tokens; and, where money has moved, what was heard of it before the payment itself."""
    if purchase.is_simulated:
        return
    if purchase.type == Purchase.Type.TOKENS:
        put(purchase.user_id, PURCHASE_COMPLETED, about=f"purchase:{purchase.pk}:completed")
    if has_moved:
        money_moved(purchase)


def money_moved(purchase: Purchase) -> None:
    """What was heard of a purchase's refunds and disputes before it was paid."""
    for refund in purchase.refunds.order_by("pk"):
        refund_noted(purchase, refund)
    for dispute in purchase.disputes.order_by("pk"):
        dispute_noted(purchase, dispute)


def bank_payment_failed(purchase: Purchase) -> None:
    """The bank said no after the buyer had said yes; nothing was credited."""
    if purchase.type == Purchase.Type.TOKENS:
        write(
            purchase.user_id,
            BANK_PAYMENT_FAILED,
            about=f"purchase:{purchase.pk}:bank_payment_failed",
            purchase=purchase,
            price=format_money(purchase.amount_cents, purchase.currency),
        )


def refund_noted(purchase: Purchase, refund: Refund) -> None:
    """A refund that Stripe has accepted is told once; that it failed, only to who had been told of it."""
    told = f"refund:{refund.pk}:sent"
    if not purchase.is_paid or refund.status == Refund.Status.REQUESTED or refund.unclear:
        return
    if refund.counts:
        _tell_of_refund(purchase, refund, REFUND, told)
    elif Mail.objects.filter(about=told).exists():
        _tell_of_refund(purchase, refund, REFUND_FAILED, f"refund:{refund.pk}:failed")


def dispute_noted(purchase: Purchase, dispute: Dispute) -> None:
    """The tokens of a disputed purchase cannot be spent; told when that is first so."""
    if not (dispute.freezes and purchase.is_paid and purchase.tokens):
        return
    write(
        dispute.user_id,
        DISPUTE_FROZEN,
        about=f"dispute:{dispute.pk}:frozen",
        purchase=purchase,
        disputed=format_money(dispute.amount_cents, dispute.currency),
        removed=_tokens_of_dispute(purchase, dispute),
        frozen=purchase.lot.remaining,
        wallet=read_wallet(dispute.user_id),
        **money_of(purchase),
    )


def _tell_of_refund(purchase: Purchase, refund: Refund, kind: Kind, about: str) -> None:
    write(
        refund.user_id,
        kind,
        about=about,
        purchase=purchase,
        amount=format_money(*refund.as_sent),
        tokens=_tokens_of(purchase, refund),
        credit_note=refund.pk if credit_notes.is_expected(refund) else None,
        wallet=read_wallet(refund.user_id),
        **money_of(purchase),
    )


def _tokens_of(purchase: Purchase, refund: Refund) -> int:
    """The tokens that went with this refund, after the refunds before it and what disputes took."""
    earlier = purchase.refunds.counting().filter(pk__lt=refund.pk).aggregate(sum=Sum("amount_cents", default=0))["sum"]
    return _tokens_after(purchase, earlier + disputed_cents(purchase), refund.amount_cents)


def _tokens_of_dispute(purchase: Purchase, dispute: Dispute) -> int:
    """The tokens that went with this dispute, after the refunds and what other disputes took."""
    own = dispute.withdrawn_cents - dispute.reinstated_cents
    return _tokens_after(purchase, refunded_cents(purchase) + disputed_cents(purchase) - own, own)


def _tokens_after(purchase: Purchase, earlier: int, cents: int) -> int:
    """The tokens that went with so much money, where so much went before it."""
    before = min(purchase.received_cents, earlier)
    after = min(purchase.received_cents, before + cents)
    return purchase.tokens_for(after) - purchase.tokens_for(before)


def _debt_repaid(purchase: Purchase) -> int:
    """How many of a purchase's tokens went straight to settling a debt."""
    repaid = LedgerEntry.objects.filter(lot__purchase=purchase, kind=LedgerEntry.Kind.REPAY)
    caused = repaid.filter(cause_kind=LedgerEntry.Cause.PURCHASE, cause_id=purchase.pk)
    return -int(caused.aggregate(sum=Sum("tokens", default=0))["sum"])
