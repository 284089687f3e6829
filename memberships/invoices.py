"""Paid invoices: each is one line in the purchase history, and brings the month's allowance once."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q

from memberships import letters
from memberships.models import Invoice, Plan, Subscription
from memberships.plans import plan_of
from tokens import purchases
from tokens.models import Purchase
from tokens.payments.pointers import as_key
from tokens.purchases import Item
from tokens.transactions import money_transaction


def item_of(plan: Plan, *, with_tokens: bool = True) -> Item:
    """A month of a plan, as it is ordered."""
    tokens = plan.monthly_tokens if with_tokens else 0
    terms = (tokens, plan.price_cents, plan.currency)
    return Item(Purchase.Type.SUBSCRIPTION, plan.key, f"{plan.name} membership, a month", *terms)


def subscription_of(invoice: dict[str, Any]) -> str | None:
    """The id of the subscription an invoice (plain data) is of; one-time invoices have none."""
    details = (invoice["parent"] or {}).get("subscription_details") or {}
    return details.get("subscription")


@money_transaction
def record(invoice: dict[str, Any], subscription: Subscription) -> Purchase | None:
    """The purchase of a paid invoice (plain data with its payments), made once. None: nothing was paid by it."""
    if invoice["status"] != "paid" or not is_worth_a_line(invoice):
        return None
    purchase = Purchase.objects.select_for_update().get(pk=_purchase_of(invoice, subscription).pk)
    start, end = _period(invoice)
    line, is_new = Invoice.objects.get_or_create(
        purchase=purchase,
        defaults={
            "subscription": subscription,
            "billing_reason": invoice["billing_reason"],
            "period_start": start,
            "period_end": end,
            "url": invoice["hosted_invoice_url"] or "",
            "pdf_url": invoice["invoice_pdf"] or "",
        },
    )
    purchase = purchases.complete(
        purchase,
        payment_intent=_payment_intent(invoice),
        paid_cents=invoice["amount_paid"],
        invoice_id=invoice["id"],
        tokens_expire_at=end if purchase.tokens else None,
    )
    if is_new:
        letters.paid(purchase, line)
        # Money for one that was ended as a duplicate goes back as well, however late it came.
        late = Subscription.objects.filter(pk=subscription.pk, end_reason=Subscription.EndReason.DUPLICATE)
        late.update(ending_done_at=None)
    return purchase


def lock_line(invoice: dict[str, Any]) -> None:
    """Lock the purchase an invoice already has: in one transaction with the user's lock, a purchase comes first."""
    key = _order_key(invoice)
    known = Q(stripe_invoice_id=invoice["id"]) | (Q(key=key) if key else Q(pk=None))
    list(Purchase.objects.select_for_update().filter(known).order_by("pk").values_list("pk"))


def is_worth_a_line(invoice: dict[str, Any]) -> bool:
    """Whether something was paid, or a whole month was free; what only moves credit about is not shown."""
    return invoice["amount_paid"] > 0 or invoice["billing_reason"] in Invoice.WHOLE_PERIOD


def _purchase_of(invoice: dict[str, Any], subscription: Subscription) -> Purchase:
    """The one made for this invoice, the order that began the subscription, or a new one."""
    mine = Purchase.objects.for_user(subscription.user_id)
    known = mine.filter(stripe_invoice_id=invoice["id"]).first()
    if known:
        return known
    if invoice["billing_reason"] == "subscription_create":
        key = _order_key(invoice)
        ordered = mine.filter(key=key, stripe_invoice_id=None).first() if key else None
        if ordered:
            return ordered
    return _new_line(invoice, subscription)


def _order_key(invoice: dict[str, Any]) -> uuid.UUID | None:
    """The key of the order that began the subscription, as it was written there; only ever a pointer."""
    details = (invoice["parent"] or {}).get("subscription_details") or {}
    return as_key((details.get("metadata") or {}).get("purchase_key"))


def _new_line(invoice: dict[str, Any], subscription: Subscription) -> Purchase:
    plan = _plan_of(invoice) or subscription.plan
    is_month = invoice["billing_reason"] in Invoice.WHOLE_PERIOD
    item = item_of(plan, with_tokens=is_month)
    what = item.description if is_month else f"{plan.name} membership, for the rest of the month"
    # The price is before discounts, as it is for an order; what was paid is noted beside it.
    as_billed = Item(item.type, item.key, what, item.tokens, max(0, invoice["subtotal"]), invoice["currency"])
    return purchases.for_invoice(subscription.user_id, as_billed, invoice_id=invoice["id"])


def _plan_of(invoice: dict[str, Any]) -> Plan | None:
    """The plan of the dearest line: on a change of plan the new one is charged, the old one credited."""
    lines = sorted(invoice["lines"]["data"], key=lambda line: -line["amount"])
    return plan_of({"id": lines[0]["pricing"]["price_details"]["price"]}) if lines else None


def _period(invoice: dict[str, Any]) -> tuple[datetime, datetime]:
    """What the invoice pays for, by its dearest line; the invoice's own period looks back."""
    line = max(invoice["lines"]["data"], key=lambda line: line["amount"])
    period = line["period"]
    return datetime.fromtimestamp(period["start"], UTC), datetime.fromtimestamp(period["end"], UTC)


def _payment_intent(invoice: dict[str, Any]) -> str | None:
    for payment in (invoice.get("payments") or {"data": []})["data"]:
        if payment["status"] == "paid" and payment["payment"]["type"] == "payment_intent":
            intent = payment["payment"]["payment_intent"]
            return str(intent["id"] if isinstance(intent, dict) else intent)
    return None
