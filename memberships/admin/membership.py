from __future__ import annotations

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from unfold.decorators import action
from unfold.enums import ActionVariant

from memberships.admin.ending import CancelForm, cancel
from memberships.admin.giving import GiveForm, give
from memberships.current import get_membership
from memberships.models import Membership
from tokens.money import format_money
from tokens.web.admin.actions import pk_of
from tokens.web.admin.dates import moment
from tokens.web.admin.links import page_of
from tokens.web.admin.paging import IndexedValuesFilter, LongListAdmin
from tokens.web.admin.stripe_links import at_stripe, link


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
        "gift_tier",
        "gift_until",
    ]
    list_filter = ["tier", ("status", IndexedValuesFilter)]
    list_select_related = ["user", "tier", "gift_tier"]
    search_fields = ["user", "subscription__stripe_id"]
    fieldsets = [
        (None, {"fields": ["user", "counts", "payment_order"]}),
        (
            "Paid for",
            {"fields": ["tier", "status", "current_period_end", "cancel_at", "next_tier", "grace_until"]},
        ),
        ("Stripe", {"fields": ["subscription_row", "at_stripe", "customer", "price", "open_invoice", "asked_at"]}),
        ("Complimentary plan", {"fields": ["gift_tier", "gift_until"]}),
    ]
    actions_detail = ["give_free", "cancel_now"]

    @admin.display(description="Effective plan")
    def counts(self, row: Membership) -> str:
        return get_membership(row.pk).plan.name

    @admin.display(description="Subscription")
    def subscription_row(self, row: Membership) -> str:
        if row.subscription is None:
            return "-"
        address = reverse("admin:memberships_subscription_change", args=[row.subscription.pk])
        return link(address, row.subscription)

    @admin.display(description="Stripe ID")
    def at_stripe(self, row: Membership) -> str:
        return at_stripe("subscriptions", row.stripe_subscription_id)

    @admin.display
    def customer(self, row: Membership) -> str:
        customer = getattr(row.user, "stripe_customer", None)
        return at_stripe("customers", customer.stripe_id if customer else None)

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

    @action(
        description="Add complimentary plan",
        permissions=["give"],
        dialog={
            "title": "Add a complimentary plan",
            "description": "Takes effect immediately, alongside any paid plan. Replaces an active complimentary plan.",
            "form_class": GiveHereForm,
            "form_submit_text": "Add plan",
        },
    )
    def give_free(self, request: HttpRequest, form: GiveHereForm, object_id: str) -> HttpResponse:
        row = self._row(request, object_id)
        return give(self, request, form, user=row.user, back=page_of(row))

    @action(
        description="Cancel now",
        permissions=["cancel"],
        variant=ActionVariant.DANGER,
        dialog={
            "title": "Cancel this membership now?",
            "description": "The subscription ends immediately, and no refund is issued automatically.",
            "form_class": CancelForm,
            "form_submit_text": "Cancel membership",
        },
    )
    def cancel_now(self, request: HttpRequest, form: CancelForm, object_id: str) -> HttpResponse:
        row = self._row(request, object_id)
        return cancel(self, request, form, user=row.user, back=page_of(row))

    def has_give_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("memberships.add_gift")

    def has_cancel_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("memberships.change_subscription")

    def _row(self, request: HttpRequest, object_id: str) -> Membership:
        row = self.get_object(request, str(pk_of(object_id)))
        if row is None:
            raise Http404
        return row
