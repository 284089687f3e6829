"""Paid invoices: each is one line in the purchase history, and brings the month's allowance once."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from django.db.models import Q

from memberships import emails
from memberships.models import Invoice, Plan, Subscription
from memberships.subscriptions.items import Month, month_of
from tokens.models import Purchase
from tokens.purchases import lifecycle, papers
from tokens.purchases.lifecycle import Item
from tokens.stripe_api.pointers import id_in, part, pointer_on
from tokens.transactions import money_transaction


def item_of(plan: Plan, *, with_tokens: bool = True) -> Item:
    """A month of a plan as an item to order, with its current price."""
    tokens = plan.monthly_tokens if with_tokens else 0
    terms = (tokens, plan.price_cents, plan.currency)
    return Item(Purchase.Type.SUBSCRIPTION, plan.key, f"{plan.name} membership, 1 month", *terms)


def subscription_of(invoice: dict[str, Any]) -> str | None:
    """The id of the subscription an invoice (plain data) is of; one-time invoices have none."""
    return id_in(part(invoice, "parent", "subscription_details"), "subscription")


@money_transaction
def record(invoice: dict[str, Any], subscription: Subscription) -> Purchase | None:
    """The purchase of a paid invoice (plain data with its payments and all its lines), made once.

    None: it is not paid, or nothing of it was for the plan.
    """
    month = month_of(invoice, subscription)
    if invoice["status"] != "paid" or month is None or not month.is_worth_a_line:
        return None
    purchase = Purchase.objects.select_for_update().get(pk=_purchase_of(invoice, subscription, month).pk)
    line, is_new = Invoice.objects.get_or_create(
        purchase=purchase,
        defaults={
            "subscription": subscription,
            "billing_reason": invoice["billing_reason"],
            "period_start": month.start,
            "period_end": month.end,
            "url": invoice["hosted_invoice_url"] or "",
            "pdf_url": invoice["invoice_pdf"] or "",
        },
    )
    purchase = lifecycle.complete(
        purchase,
        payment_intent=_payment_intent(invoice),
        paid_cents=month.paid_cents,
        tax_cents=month.tax_cents,
        invoice_id=invoice["id"],
        tokens_expire_at=month.end if purchase.tokens else None,
    )
    purchase = papers.keep(purchase, invoice)
    if is_new:
        emails.paid(purchase, line)
        # Money for one that was ended as a duplicate goes back as well, however late it came.
        late = Subscription.objects.filter(pk=subscription.pk, end_reason=Subscription.EndReason.DUPLICATE)
        late.update(ending_done_at=None)
    return purchase


def lock_line(invoice: dict[str, Any]) -> None:
    """Lock the purchase an invoice already has: in one transaction with the user's lock, a purchase comes first."""
    key = _order_key(invoice)
    known = Q(stripe_invoice_id=invoice["id"]) | (Q(key=key) if key else Q(pk=None))
    list(Purchase.objects.select_for_update().filter(known).order_by("pk").values_list("pk"))


def _purchase_of(invoice: dict[str, Any], subscription: Subscription, month: Month) -> Purchase:
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
    return _new_line(invoice, subscription, month)


def _order_key(invoice: dict[str, Any]) -> uuid.UUID | None:
    """The key of the order that began the subscription, as it was written there; only ever a pointer."""
    return pointer_on(part(invoice, "parent", "subscription_details"))


def _new_line(invoice: dict[str, Any], subscription: Subscription, month: Month) -> Purchase:
    item = item_of(month.plan, with_tokens=month.is_whole)
    what = item.description if month.is_whole else f"{month.plan.name} membership, for the rest of the month"
    as_billed = replace(item, description=what, amount_cents=month.price_cents, currency=invoice["currency"])
    return lifecycle.for_invoice(subscription.user_id, as_billed, invoice_id=invoice["id"])


def _payment_intent(invoice: dict[str, Any]) -> str | None:
    for payment in (invoice.get("payments") or {"data": []})["data"]:
        if payment["status"] == "paid" and payment["payment"]["type"] == "payment_intent":
            intent = payment["payment"]["payment_intent"]
            return str(intent["id"] if isinstance(intent, dict) else intent)
    return None
