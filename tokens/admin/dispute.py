"""Disputes: what must be answered next, and what could be answered."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import F, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

from tokens.admin.links import row_link
from tokens.admin.paging import IndexedValuesFilter, LongListAdmin
from tokens.admin.stripe_links import at_stripe
from tokens.models import Dispute, Mail, TokenUsage
from tokens.money import format_money

SHOWN_USAGE = 20


@admin.register(Dispute)
class DisputeAdmin(LongListAdmin):
    """The queue: open ones by their deadline, then the rest."""

    list_display = ["stripe_id", "user", "purchase", "amount", "state", "reason", "evidence_due_at", "created_at"]
    list_filter = [("status", IndexedValuesFilter), "created_at"]
    list_select_related = ["user", "purchase"]
    search_fields = ["user", "stripe_id"]
    fields = ["customer", "for_purchase", "amount", "state", "reason", "withdrawn", "reinstated", "evidence_due_at"]
    fields += ["at_stripe", "fetched_at", "created_at"]
    change_form_outer_after_template = "admin/tokens/_dispute_evidence.html"

    def get_ordering(self, request: HttpRequest) -> Any:
        return [F("evidence_due_at").asc(nulls_last=True), "-pk"]

    @admin.display(ordering="amount_cents")
    def amount(self, dispute: Dispute) -> str:
        return format_money(dispute.amount_cents, dispute.purchase.currency)

    @display(description="State", label={"Open": "danger", "Question": "warning", "Closed": "info"})
    def state(self, dispute: Dispute) -> str | tuple[str, str]:
        word = "Closed" if dispute.is_closed else "Question" if dispute.is_inquiry else "Open"
        return word, f"{word}: {dispute.status}"

    @admin.display
    def customer(self, dispute: Dispute) -> str:
        return row_link(dispute.user)

    @admin.display(description="Purchase")
    def for_purchase(self, dispute: Dispute) -> str:
        return row_link(dispute.purchase)

    @admin.display
    def withdrawn(self, dispute: Dispute) -> str:
        return format_money(dispute.withdrawn_cents, dispute.purchase.currency)

    @admin.display
    def reinstated(self, dispute: Dispute) -> str:
        return format_money(dispute.reinstated_cents, dispute.purchase.currency)

    @admin.display(description="Answer it at Stripe")
    def at_stripe(self, dispute: Dispute) -> str:
        return at_stripe("disputes", dispute.stripe_id)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        dispute = self.get_object(request, object_id)
        more = _evidence(dispute) if dispute else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})


def _evidence(dispute: Dispute) -> dict[str, Any]:
    """What speaks for the purchase: the receipt that was sent, who bought from where, and what was used since."""
    purchase = dispute.purchase
    used: QuerySet[Model] = TokenUsage.objects.for_user(dispute.user_id).filter(created_at__gte=purchase.created_at)
    return {
        "evidence": {
            "purchase": purchase,
            "receipt": Mail.objects.filter(about=f"purchase:{purchase.pk}:completed").first(),
            "usage": used.order_by("pk")[:SHOWN_USAGE],
        }
    }
