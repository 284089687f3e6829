"""Refunds, with what Stripe made of each, and the queue of those that wait for a second person."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from tokens.admin.refunding import told_of
from tokens.admin.stating import NeedsAmountFilter, StateRefundForm, may_state, state_button
from tokens.models import Refund, RefundRequest
from tokens.money import format_money
from tokens.purchases import refunds
from tokens.staff import refunding
from tokens.web.admin.actions import VerbForm, act_once, pk_of, row_of
from tokens.web.admin.links import page_of, row_link
from tokens.web.admin.paging import LongListAdmin
from tokens.web.admin.stripe_links import at_stripe
from tokens.wording import counted, sentence


@admin.register(Refund)
class RefundAdmin(LongListAdmin):
    """Money given back, by staff here, in Stripe's dashboard, or by the shop itself."""

    list_display = ["id", "user", "purchase", "amount", "status", "source", "reason", "by", "created_at"]
    list_filter = ["status", "source", NeedsAmountFilter, "created_at"]
    list_select_related = ["user", "purchase", "by"]
    search_fields = ["user", "stripe_id", "id"]
    fields = ["for_purchase", "amount", "unclear", "stated_by", "stated_at", "source", "reason", "by"]
    fields += ["at_stripe", "created_at", "updated_at"]
    actions_detail = ["state_amount"]
    change_form_outer_before_template = "admin/tokens/_refund_state.html"

    state_amount = state_button(StateRefundForm)

    def has_state_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return may_state(self, request, object_id)

    @admin.display(ordering="amount_cents")
    def amount(self, refund: Refund) -> str:
        return refund.in_words

    @admin.display(description="Purchase")
    def for_purchase(self, refund: Refund) -> str:
        return row_link(refund.purchase)

    @admin.display(description="Stripe ID")
    def at_stripe(self, refund: Refund) -> str:
        return at_stripe("refunds", refund.stripe_id)


class DecideForm(VerbForm):
    needs_fresh_factor = True

    def facts(self, pk: int) -> dict[str, object]:
        row = get_object_or_404(RefundRequest.objects.select_related("purchase__user", "by"), pk=pk)
        seen = refunds.preview(row.purchase, amount_cents=row.amount_cents)
        return {
            "Customer": row.purchase.user,
            "Refund": format_money(row.amount_cents, row.purchase.currency),
            "Tokens removed": f"{seen.tokens:,}",
            "Customer will owe": counted(seen.debt, "token"),
            "Requested by": f"{row.by}: {sentence(row.reason)} {row.note}",
        }


@admin.register(RefundRequest)
class RefundRequestAdmin(LongListAdmin):
    """Refunds above the limit of one person. Another one than who asked decides."""

    list_display = ["id", "purchase", "amount", "state", "reason", "by", "created_at", "decided_by", "decided_at"]
    list_filter = ["status", "created_at"]
    list_select_related = ["purchase", "by", "decided_by"]
    search_fields = ["purchase__user", "id"]
    fields = ["for_purchase", "amount", "beyond_offer", "state", "reason", "note", "by", "created_at"]
    fields += ["decided_by", "decided_at", "made"]
    actions_detail = ["approve", "decline"]

    @admin.display(ordering="amount_cents")
    def amount(self, row: RefundRequest) -> str:
        return format_money(row.amount_cents, row.purchase.currency)

    @display(description="State", label={"Pending approval": "warning", "Approved": "success", "Declined": "danger"})
    def state(self, row: RefundRequest) -> str:
        return row.get_status_display()

    @admin.display(description="Purchase")
    def for_purchase(self, row: RefundRequest) -> str:
        return row_link(row.purchase)

    @admin.display(description="Refund")
    def made(self, row: RefundRequest) -> str:
        return row_link(row.refund)

    @action(
        description="Approve",
        permissions=["decide"],
        variant=ActionVariant.PRIMARY,
        dialog={
            "title": "Approve this refund?",
            "description": "The money is returned immediately.",
            "form_class": DecideForm,
            "form_submit_text": "Approve refund",
        },
    )
    def approve(self, request: HttpRequest, form: DecideForm, object_id: str) -> HttpResponse:
        row = row_of(self, request, object_id)

        def work() -> tuple[Model, str]:
            return row, told_of(refunding.approve(row, why=form.why(request)))

        return act_once(self, request, form, work=work, back=page_of(row), asks_stripe=True)

    @action(
        description="Decline",
        permissions=["decide"],
        variant=ActionVariant.DANGER,
        dialog={
            "title": "Decline this refund?",
            "description": "No money is returned.",
            "form_class": DecideForm,
            "form_submit_text": "Decline",
        },
    )
    def decline(self, request: HttpRequest, form: DecideForm, object_id: str) -> HttpResponse:
        row = row_of(self, request, object_id)

        def work() -> tuple[Model, str]:
            return refunding.decline(row, why=form.why(request)), "Refund declined."

        return act_once(self, request, form, work=work, back=page_of(row))

    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever asked does not see the buttons; nobody does once it is decided, but a form sent twice is answered."""
        row = RefundRequest.objects.filter(pk=pk_of(object_id)).first()
        may = request.user.has_perm(refunding.APPROVE) and (row is None or row.by_id != request.user.pk)
        is_shown = row is None or row.status == RefundRequest.Status.WAITING or request.method == "POST"
        return may and is_shown
