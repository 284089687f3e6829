from __future__ import annotations

from datetime import datetime

from django.contrib import admin
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from unfold.enums import ActionVariant

from memberships.admin.ending import CANCEL, CancelForm, cancel
from memberships.admin.giving import GIVE, GIVING, GiveForm, give
from memberships.current import get_membership
from memberships.models import Membership, Plan
from tokens.money import format_money
from tokens.web.admin.buttons import Told, allows, button, dialog
from tokens.web.admin.columns import linked, stripe_id
from tokens.web.admin.dates import moment
from tokens.web.admin.paging import IndexedValuesFilter, LongListAdmin
from tokens.web.admin.stripe_links import link


class GiveHereForm(GiveForm):
    def facts(self, pk: int) -> dict[str, object]:
        row = get_object_or_404(Membership.objects.select_related("user", "tier"), pk=pk)
        return {"Customer": row.user, "Paid plan": row.tier, "Effective plan": get_membership(row.pk).plan}


@admin.register(Membership)
class MembershipAdmin(LongListAdmin):
    """Each customer's current plan and Stripe subscription. Customers without a row are on Free."""

    list_display = [
        "user",
        "tier",
        "status",
        "current_period_end",
        "cancel_at",
        "grace_until",
        "gift__plan",
        "gift__until",
    ]
    list_filter = ["tier", ("status", IndexedValuesFilter)]
    list_select_related = ["user", "tier", "subscription__next_plan", "gift__plan"]
    search_fields = ["user", "subscription__stripe_id"]
    fieldsets = [
        (None, {"fields": ["user", "counts", "payment_order"]}),
        (
            "Paid for",
            {"fields": ["tier", "status", "current_period_end", "cancel_at", "next_plan", "grace_until"]},
        ),
        ("Stripe", {"fields": ["subscription_row", "at_stripe", "customer", "price", "open_invoice", "asked_at"]}),
        ("Complimentary plan", {"fields": ["gift"]}),
    ]
    actions_detail = ["give_free", "cancel_now"]
    subscription_row = linked("subscription", name="Subscription")
    at_stripe = stripe_id("subscriptions", "stripe_subscription_id")
    customer = stripe_id("customers", "user__stripe_customer__stripe_id", name="Customer")

    @admin.display(description="Effective plan")
    def counts(self, row: Membership) -> str:
        return get_membership(row.pk).plan.name

    @admin.display
    def cancel_at(self, row: Membership) -> datetime | None:
        return row.subscription.cancel_at if row.subscription and row.subscription.is_billed else None

    @admin.display(description="Next plan")
    def next_plan(self, row: Membership) -> Plan | None:
        return row.subscription.next_plan if row.subscription and row.subscription.is_billed else None

    @admin.display(description="Grace until")
    def grace_until(self, row: Membership) -> datetime | None:
        return row.subscription.grace_until if row.subscription else None

    @admin.display
    def price(self, row: Membership) -> str:
        paid = row.subscription
        return f"{format_money(paid.amount_cents, paid.currency)} a month" if paid else "-"

    @admin.display(description="Open invoice")
    def open_invoice(self, row: Membership) -> str:
        url = row.subscription.invoice_url if row.subscription else ""
        return link(url, "Payment page") if url else "-"

    @admin.display(description="Last synced")
    def asked_at(self, row: Membership) -> str:
        return f"{moment(row.subscription.fetched_at)} UTC" if row.subscription else "-"

    @button(
        "Add complimentary plan",
        dialog("Add a complimentary plan", GiveHereForm, "Add plan", GIVING),
        needs="give",
        verb=GIVE,
    )
    def give_free(self, request: HttpRequest, form: GiveHereForm, row: Membership) -> Told:
        return give(request, form, row.user)

    @button(
        "Cancel now",
        dialog(
            "Cancel this membership now?",
            CancelForm,
            "Cancel membership",
            "The subscription ends immediately, and no refund is issued automatically.",
        ),
        needs="cancel",
        variant=ActionVariant.DANGER,
        asks_stripe=True,
        verb=CANCEL,
    )
    def cancel_now(self, request: HttpRequest, form: CancelForm, row: Membership) -> Told:
        return cancel(row.user)

    has_give_permission = allows("memberships.add_gift")
    has_cancel_permission = allows("memberships.change_subscription")
