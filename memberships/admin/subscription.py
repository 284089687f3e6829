from __future__ import annotations

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from unfold.decorators import action

from memberships.models import Invoice, Subscription
from memberships.subscriptions import changes
from tokens.money import format_money
from tokens.web.admin.actions import VerbForm, act_once
from tokens.web.admin.paging import IndexedValuesFilter, LongListAdmin
from tokens.web.admin.stripe_links import at_stripe

TO_COME = ["next_plan", "schedule_id", "released_plan", "wanted_plan", "invoice_url", "end_reason", "ending_done_at"]


class MoveForm(VerbForm):
    def facts(self, pk: int) -> dict[str, object]:
        row = get_object_or_404(Subscription.objects.select_related("user", "plan"), pk=pk)
        pays = format_money(row.amount_cents, row.currency)
        costs = format_money(row.plan.price_cents, row.plan.currency)
        return {"User": row.user, "Plan": row.plan, "Pays a month": pays, "Would pay": costs}


@admin.register(Subscription)
class SubscriptionAdmin(LongListAdmin):
    """Subscriptions as Stripe had them when last asked; ended ones too."""

    list_display = ["stripe_id", "user", "plan", "status", "price", "plan_costs", "current_period_end", "cancel_at"]
    list_filter = [("status", IndexedValuesFilter), "plan", "end_reason"]
    list_select_related = ["user", "plan"]
    search_fields = ["stripe_id", "user"]
    fieldsets = [
        (None, {"fields": ["user", "plan", "status", "at_stripe"]}),
        ("Price", {"fields": ["price", "plan_costs"]}),
        ("Time", {"fields": ["started_at", "current_period_start", "current_period_end", "cancel_at", "ended_at"]}),
        ("To come", {"fields": TO_COME}),
        (None, {"fields": ["fetched_at"]}),
    ]
    actions_detail = ["move_to_present_price"]

    @admin.display(ordering="amount_cents", description="Pays a month")
    def price(self, row: Subscription) -> str:
        return format_money(row.amount_cents, row.currency)

    @admin.display(description="The plan costs now")
    def plan_costs(self, row: Subscription) -> str:
        return format_money(row.plan.price_cents, row.plan.currency)

    @admin.display(description="Id at Stripe")
    def at_stripe(self, row: Subscription) -> str:
        return at_stripe("subscriptions", row.stripe_id)

    @action(
        description="Move to the present price",
        permissions=["move"],
        dialog={
            "title": "Move this subscription to what its plan costs now?",
            "description": "The customer pays the new price from the next month on. Tell them before.",
            "form_class": MoveForm,
            "form_submit_text": "Move",
        },
    )
    def move_to_present_price(self, request: HttpRequest, form: MoveForm, object_id: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404

        def work() -> tuple[Subscription, str]:
            changes.move_to_present_price(row)
            row.refresh_from_db()
            return (
                row,
                f"{row.user} pays {format_money(row.amount_cents, row.currency)} a month from the next month on.",
            )

        back = reverse("admin:memberships_subscription_change", args=[row.pk])
        return act_once(self, request, form, work=work, back=back, asks_stripe=True, verb="move to the present price")

    def has_move_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("memberships.change_subscription")


@admin.register(Invoice)
class InvoiceAdmin(LongListAdmin):
    """Paid invoices, beside the purchase that is their line in the history."""

    list_display = ["purchase", "subscription", "billing_reason", "period_start", "period_end"]
    list_filter = [("billing_reason", IndexedValuesFilter)]
    list_select_related = ["purchase", "subscription"]
    search_fields = ["subscription__user", "subscription__stripe_id", "purchase__stripe_invoice_id"]
