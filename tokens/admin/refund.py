"""Refunds with their status at Stripe, and the queue of those pending approval."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from unfold.enums import ActionVariant

from tokens.admin.deciding import DecidedByAnother
from tokens.admin.refunding import told_of
from tokens.admin.stating import NeedsAmountFilter, StateRefundForm, may_state, state_button
from tokens.models import Refund, RefundRequest
from tokens.money import format_money
from tokens.purchases import refunds
from tokens.staff import refunding
from tokens.web.admin.actions import ActionForm
from tokens.web.admin.buttons import Told, button, dialog
from tokens.web.admin.columns import linked, money, stripe_id
from tokens.web.admin.paging import LongListAdmin
from tokens.wording import counted, sentence


@admin.register(Refund)
class RefundAdmin(LongListAdmin):
    """Money given back, by staff here, in Stripe's dashboard, or by the shop itself."""

    list_display = ["id", "user", "purchase", "amount", "status", "source", "reason", "by", "created_at"]
    list_filter = ["status", "source", NeedsAmountFilter, "created_at"]
    list_select_related = ["user", "purchase", "by"]
    search_fields = ["user", "stripe_id", "id"]
    fields = ["for_purchase", "amount", "unclear", "stated_by", "stated_at", "source", "reason", "by"]
    fields += ["at_stripe", "credit_note", "created_at", "updated_at"]
    actions_detail = ["state_amount"]
    change_form_outer_before_template = "admin/tokens/_refund_state.html"

    state_amount = state_button(StateRefundForm)
    has_state_permission = may_state(StateRefundForm)
    for_purchase = linked("purchase", name="Purchase")
    at_stripe = stripe_id("refunds")
    credit_note = stripe_id("credit_notes", "stripe_credit_note_id", name="Credit note")

    @admin.display(ordering="amount_cents")
    def amount(self, refund: Refund) -> str:
        return refund.in_words


class DecideForm(ActionForm):
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
class RefundRequestAdmin(DecidedByAnother, LongListAdmin):
    """Refunds above the limit for one member of staff. Somebody other than the requester decides."""

    list_display = ["id", "purchase", "amount", "state", "reason", "by", "created_at", "decided_by", "decided_at"]
    list_filter = ["status", "created_at"]
    list_select_related = ["purchase", "by", "decided_by"]
    search_fields = ["purchase__user", "id"]
    fields = ["for_purchase", "amount", "beyond_offer", "state", "reason", "note", "by", "created_at"]
    fields += ["decided_by", "decided_at", "made"]
    decides = refunding.APPROVE
    amount = money("amount_cents", "purchase__currency", name="Amount")
    for_purchase = linked("purchase", name="Purchase")
    made = linked("refund", name="Refund")

    @button(
        "Approve",
        dialog("Approve this refund?", DecideForm, "Approve refund", "The money is returned immediately."),
        needs="decide",
        variant=ActionVariant.PRIMARY,
        asks_stripe=True,
    )
    def approve(self, request: HttpRequest, form: DecideForm, row: RefundRequest) -> Told:
        return row, told_of(refunding.approve(row, why=form.why(request)))

    @button(
        "Decline",
        dialog("Decline this refund?", DecideForm, "Decline", "No money is returned."),
        needs="decide",
        variant=ActionVariant.DANGER,
    )
    def decline(self, request: HttpRequest, form: DecideForm, row: RefundRequest) -> Told:
        return refunding.decline(row, why=form.why(request)), "Refund declined."
