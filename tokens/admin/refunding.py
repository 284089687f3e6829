"""The page that refunds a purchase: asked, previewed, confirmed. What it shows is named by a key, and acts once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.factors.proof import require_fresh_factor
from tokens.admin.refund_form import RefundForm
from tokens.idempotency import fingerprint
from tokens.models import Purchase, Refund, RefundRequest
from tokens.money import format_money
from tokens.purchases import refunds
from tokens.purchases.reversals import reversed_cents
from tokens.staff import refunding
from tokens.staff.acts import Why
from tokens.web.admin.actions import answer_form, staff_of
from tokens.web.admin.links import page_of
from tokens.web.redirects import SeeOther
from tokens.wording import counted

SENT_BEFORE = "This form was already submitted with different values. Review the purchase and try again."


def refund_page(page: ModelAdmin[Any], request: HttpRequest, purchase: Purchase) -> HttpResponse:
    """GET shows the form; POST previews, and acts only when just this amount was previewed and is confirmed."""
    require_fresh_factor(request)
    form = RefundForm(
        request.POST or None,
        purchase=purchase,
        may_go_beyond=refunds.may_refund_beyond_offer(staff_of(request)),
        initial={"key": refunding.key_of(purchase)},
    )
    is_live = "HX-Request" in request.headers
    is_valid = form.is_valid()
    was_seen = request.POST.get("_confirm") == str(form.amount_cents)
    if is_valid and was_seen and not is_live:
        return _act(page, request, purchase, form)
    context = {
        **page.admin_site.each_context(request),
        "title": f"Refund purchase {purchase.pk}",
        "opts": page.opts,
        "original": purchase,
        "purchase": purchase,
        "form": form,
        **_figures(request, purchase, form.amount_cents),
    }
    return render(request, f"admin/tokens/{'_refund_preview' if is_live else 'refund'}.html", context)


def told_of(row: Refund | RefundRequest) -> str:
    """What became of a refund so far, in a sentence."""
    money = format_money(row.amount_cents, row.purchase.currency)
    if isinstance(row, RefundRequest):
        return f"{money}: pending approval."
    return {
        Refund.Status.SUCCEEDED: f"{money} refunded.",
        Refund.Status.PENDING: f"{money} on its way; the bank is processing it.",
        Refund.Status.REQUESTED: f"{money} requested; waiting for Stripe to respond.",
    }.get(Refund.Status(row.status), f"{money} not refunded: Stripe declined it.")


def _figures(request: HttpRequest, purchase: Purchase, amount_cents: int | None) -> dict[str, Any]:
    def money(cents: int) -> str:
        return format_money(cents, purchase.currency)

    figures: dict[str, Any] = {
        "paid": money(purchase.received_cents),
        "price": money(purchase.amount_cents) if purchase.price_differs else "",
        "gone": money(reversed_cents(purchase)),
        "offered": money(refunds.offered_cents(purchase)),
        "waiting": refunding.waiting(purchase),
    }
    if amount_cents and purchase.is_paid:
        by, seen = staff_of(request), refunds.preview(purchase, amount_cents=amount_cents)
        figures |= {
            "preview": seen,
            "removed": f"{seen.tokens:,} ({_sources(seen)})",
            "debt": counted(seen.debt, "token"),
            "amount": money(amount_cents),
            "needs_second_person": refunding.needs_second_person(purchase, amount_cents=amount_cents, by=by),
        }
    return figures


def _sources(seen: refunds.Preview) -> str:
    return f"{seen.from_this_purchase:,} from this purchase, {seen.from_other_lots:,} from others"


def _act(page: ModelAdmin[Any], request: HttpRequest, purchase: Purchase, form: RefundForm) -> HttpResponse:
    wanted = form.cleaned_data
    amount_cents, why = form.amount_cents or 0, Why(staff_of(request), wanted["reason"], wanted["note"])
    beyond = bool(wanted.get("beyond"))

    def work() -> list[str]:
        row = refunding.refund(purchase, amount_cents=amount_cents, why=why, beyond_offer=beyond, key=wanted["key"])
        told = told_of(row)
        page.log_change(request, purchase, f"{told} Reason: {why.text}")
        return [page_of(row), told]

    asked = fingerprint(purchase.pk, amount_cents, beyond, why.text)
    answer = answer_form(
        request, f"refund:{wanted['key']}", asked=asked, work=work, asks_stripe=True, resent=SENT_BEFORE
    )
    address, told = answer or (page_of(purchase), "")
    if told:
        messages.info(request, told)
    return SeeOther(address)
