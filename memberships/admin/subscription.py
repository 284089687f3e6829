from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from unfold.decorators import action

from memberships.models import Invoice, Subscription
from memberships.subscriptions import changes
from tokens.money import format_money
from tokens.web.admin.actions import VerbForm, act_once, row_of
from tokens.web.admin.paging import IndexedValuesFilter, LongListAdmin
from tokens.web.admin.stripe_links import at_stripe

TO_COME = ["next_plan", "schedule_id", "released_plan", "wanted_plan", "invoice_url", "end_reason", "ending_done_at"]


class MoveForm(VerbForm):
    needs_fresh_factor = True

    def facts(self, pk: int) -> dict[str, object]:
        row = get_object_or_404(Subscription.objects.select_related("user", "plan"), pk=pk)
        pays = format_money(row.amount_cents, row.currency)
        costs = format_money(row.plan.price_cents, row.plan.currency)
        return {"Customer": row.user, "Plan": row.plan, "Current price": pays, "New price": costs}


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
        ("Dates", {"fields": ["started_at", "current_period_start", "current_period_end", "cancel_at", "ended_at"]}),
        ("Scheduled changes", {"fields": TO_COME}),
        (None, {"fields": ["fetched_at"]}),
    ]
    actions_detail = ["move_to_present_price"]

    @admin.display(ordering="amount_cents", description="Current price")
    def price(self, row: Subscription) -> str:
        return format_money(row.amount_cents, row.currency)

    @admin.display(description="List price")
    def plan_costs(self, row: Subscription) -> str:
        return format_money(row.plan.price_cents, row.plan.currency)

    @admin.display(description="Stripe ID")
    def at_stripe(self, row: Subscription) -> str:
        return at_stripe("subscriptions", row.stripe_id)

    @action(
        description="Migrate to current price",
        permissions=["move"],
        dialog={
            "title": "Migrate to current price?",
            "description": "The customer pays the new price from next month. Tell them first.",
            "form_class": MoveForm,
            "form_submit_text": "Migrate",
        },
    )
    def move_to_present_price(self, request: HttpRequest, form: MoveForm, object_id: str) -> HttpResponse:
        row = row_of(self, request, object_id)

        def work() -> tuple[Subscription, str]:
            changes.move_to_present_price(row)
            row.refresh_from_db()
            return (
                row,
                f"{row.user} will pay {format_money(row.amount_cents, row.currency)} a month from next month.",
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
