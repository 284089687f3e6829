from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from memberships.models import Invoice, Subscription
from memberships.subscriptions import changes
from tokens.money import format_money
from tokens.web.admin.actions import ActionForm, staff_of
from tokens.web.admin.buttons import Told, allows, button, dialog
from tokens.web.admin.columns import money, stripe_id
from tokens.web.admin.paging import IndexedValuesFilter, LongListAdmin

TO_COME = ["next_plan", "schedule_id", "released_plan", "wanted_plan", "invoice_url", "end_reason", "ending_done_at"]


class MoveForm(ActionForm):
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
    has_move_permission = allows("memberships.change_subscription")
    price = money("amount_cents", name="Current price")
    plan_costs = money("plan__price_cents", "plan__currency", name="List price")
    at_stripe = stripe_id("subscriptions")

    @button(
        "Migrate to current price",
        dialog(
            "Migrate to current price?",
            MoveForm,
            "Migrate",
            "The customer pays the new price from next month. Tell them first.",
        ),
        needs="move",
        asks_stripe=True,
        verb="move to the present price",
    )
    def move_to_present_price(self, request: HttpRequest, form: MoveForm, row: Subscription) -> Told:
        changes.move_to_present_price(row, by=staff_of(request))
        row.refresh_from_db()
        return row, f"{row.user} will pay {format_money(row.amount_cents, row.currency)} a month from next month."


@admin.register(Invoice)
class InvoiceAdmin(LongListAdmin):
    """Paid invoices, beside the purchase that is their line in the history."""

    list_display = ["purchase", "subscription", "billing_reason", "period_start", "period_end"]
    list_filter = [("billing_reason", IndexedValuesFilter)]
    list_select_related = ["purchase", "subscription"]
    search_fields = ["subscription__user", "subscription__stripe_id", "purchase__stripe_invoice_id"]
