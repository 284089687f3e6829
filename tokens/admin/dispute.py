"""Disputes: what must be answered next, and what could be answered."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.timesince import timeuntil
from unfold.decorators import display

from tokens.admin.stating import NEEDS_AMOUNT, NeedsAmountFilter, StateDisputeForm, may_state, state_button
from tokens.models import Dispute
from tokens.money import format_money
from tokens.purchases.evidence import evidence_for
from tokens.stripe_api import sandbox
from tokens.web.admin.columns import linked, money, stripe_id
from tokens.web.admin.dates import moment
from tokens.web.admin.paging import IndexedValuesFilter, LongListAdmin
from tokens.web.admin.stripe_links import at_stripe, link


@admin.register(Dispute)
class DisputeAdmin(LongListAdmin):
    """The queue: what waits for an answer, by its deadline, then the rest, newest first."""

    list_display = ["stripe_id", "user", "bought", "amount", "state", "reason", "answer_by"]
    list_filter = [("status", IndexedValuesFilter), NeedsAmountFilter, "created_at"]
    list_select_related = ["user", "purchase"]
    search_fields = ["user", "stripe_id", "purchase__stripe_payment_intent_id"]
    fields = ["customer", "for_purchase", "amount", "standing", "reason", "answer_by", "settled"]
    fields += ["withdrawn", "reinstated", "unclear", "stated_by", "stated_at"]
    fields += ["at_stripe", "payment_at_stripe", "fetched_at", "created_at"]
    actions_detail = ["state_amount"]
    change_form_outer_after_template = "admin/tokens/_dispute_evidence.html"

    def get_ordering(self, request: HttpRequest) -> Any:
        return [F("evidence_due_at").asc(nulls_last=True), "-pk"]

    state_amount = state_button(StateDisputeForm)
    has_state_permission = may_state(StateDisputeForm)
    customer = linked("user", name="Customer")
    for_purchase = linked("purchase", name="Purchase")
    amount = money("amount_cents", name="Amount")
    withdrawn = money("withdrawn_cents", "purchase__currency", name="Withdrawn")
    reinstated = money("reinstated_cents", "purchase__currency", name="Reinstated")
    payment_at_stripe = stripe_id("payments", "purchase__stripe_payment_intent_id", name="Stripe payment")

    @admin.display(description="Settled")
    def settled(self, dispute: Dispute) -> str:
        if not dispute.settled_currency:
            return "-"
        taken, kept = (format_money(n, dispute.settled_currency) for n in (dispute.settled_taken, dispute.settled_kept))
        return f"{taken} withdrawn, {kept} not reinstated"

    @display(
        description="State", label={NEEDS_AMOUNT: "danger", "Open": "danger", "Inquiry": "warning", "Closed": "info"}
    )
    def state(self, dispute: Dispute) -> tuple[str, str]:
        return _word(dispute), self.standing(dispute)

    @admin.display(description="State")
    def standing(self, dispute: Dispute) -> str:
        return f"{_word(dispute)}: {dispute.status.replace('_', ' ')}"

    @admin.display
    def bought(self, dispute: Dispute) -> str:
        return dispute.purchase.description

    @admin.display(description="Evidence due")
    def answer_by(self, dispute: Dispute) -> str:
        due = dispute.evidence_due_at
        if due is None:
            return "-"
        now = timezone.now()
        left = timeuntil(due, now, depth=1) + " left" if due > now else "overdue"
        return f"{moment(due)} UTC, {left}"

    @admin.display(description="Respond on Stripe")
    def at_stripe(self, dispute: Dispute) -> str:
        if operator := sandbox.operator_page():
            return link(f"{operator}#disputes", dispute.stripe_id)
        return at_stripe("disputes", dispute.stripe_id)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        dispute = self.get_object(request, object_id) if self.has_view_permission(request) else None
        more = {"evidence": evidence_for(dispute.purchase)} if dispute else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})


def _word(dispute: Dispute) -> str:
    if dispute.unclear:
        return NEEDS_AMOUNT
    return "Closed" if dispute.is_closed else "Inquiry" if dispute.is_inquiry else "Open"
