"""Purchases, and the page on which one is refunded."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.admin import EmptyFieldListFilter
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action
from unfold.enums import ActionVariant

from tokens.admin.refunding import refund_page
from tokens.models import Purchase
from tokens.staff.refunding import REFUND
from tokens.web.admin.actions import row_of
from tokens.web.admin.amounts import paid_of, reversed_of
from tokens.web.admin.buttons import allows
from tokens.web.admin.columns import linked, money, stripe_id
from tokens.web.admin.links import row_link
from tokens.web.admin.paging import LongListAdmin
from tokens.web.admin.stripe_links import link


@admin.register(Purchase)
class PurchaseAdmin(LongListAdmin):
    """Orders, of tokens and of a membership's months."""

    list_display = [
        "id",
        "user",
        "description",
        "paid",
        "price",
        "reversed",
        "status",
        "simulated",
        "created_at",
        "completed_at",
    ]
    list_filter = ["status", "type", "is_simulated", ("adopted_at", EmptyFieldListFilter), "created_at"]
    filtered_beside = ("tokens", "paid_cents", "stripe_checkout_session_id")
    list_select_related = ["user"]
    search_fields = [
        "user",
        "stripe_checkout_session_id",
        "stripe_payment_intent_id",
        "stripe_invoice_id",
        "key",
        "id",
    ]
    fieldsets = [
        (None, {"fields": ["customer", "description", "status", "paid", "tax", "price", "lot_link"]}),
        ("Refunds and disputes", {"fields": ["reversed", "refunds_made", "disputes_had", "fraud_warning_at"]}),
        ("Stripe IDs", {"fields": ["session", "payment", "invoice", "invoice_page"]}),
        (
            "Date and origin",
            {"fields": ["created_at", "processing_at", "completed_at", "adopted_at", "client_ip", "user_agent"]},
        ),
        ("Order details", {"fields": ["type", "package_key", "tokens", "tokens_expire_at", "simulated", "key"]}),
    ]
    actions_detail = ["refund"]
    customer = linked("user", name="Customer")
    price = money("amount_cents", name="List price")
    tax = money("tax_cents", name="Tax")
    lot_link = linked("lot", name="Credit block")
    session = stripe_id("checkout/sessions", "stripe_checkout_session_id", name="Session")
    payment = stripe_id("payments", "stripe_payment_intent_id", name="Payment")
    invoice = stripe_id("invoices", "stripe_invoice_id", name="Invoice")
    # No button on what was never paid, or on what a developer's command made.
    has_refund_permission = allows(
        REFUND, shown=lambda pk: Purchase.objects.paid().filter(pk=pk, is_simulated=False).exists()
    )

    @admin.display(ordering="paid_cents")
    def paid(self, purchase: Purchase) -> str:
        return paid_of(purchase)

    @admin.display(description="Invoice page")
    def invoice_page(self, purchase: Purchase) -> str:
        return link(purchase.invoice_url, "Open") if purchase.invoice_url else "-"

    @admin.display
    def reversed(self, purchase: Purchase) -> str:
        return reversed_of(purchase)

    @admin.display
    def simulated(self, purchase: Purchase) -> str:
        return "Yes (no money moved)" if purchase.is_simulated else "No"

    @admin.display(description="Refunds")
    def refunds_made(self, purchase: Purchase) -> str:
        return row_link(*purchase.refunds.order_by("pk"), *purchase.refund_requests.order_by("pk"))

    @admin.display(description="Disputes")
    def disputes_had(self, purchase: Purchase) -> str:
        return row_link(*purchase.disputes.order_by("pk"))

    @action(description="Refund", permissions=["refund"], variant=ActionVariant.DANGER)
    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return refund_page(self, request, row_of(self, request, object_id))
