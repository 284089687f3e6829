"""Automatic top-ups: looked at here. What the customer agreed to, and each time that it bought."""

from django.contrib import admin

from tokens.models import AutoTopUp, TopUp, TopUpConsent
from tokens.web.admin.columns import linked, money
from tokens.web.admin.paging import LongListAdmin


@admin.register(AutoTopUp)
class AutoTopUpAdmin(LongListAdmin):
    list_display = ["user", "is_on", "package_key", "price", "threshold", "monthly_limit", "off_reason", "off_at"]
    list_filter = ["is_on", "off_reason"]
    list_select_related = ["user"]
    search_fields = ["user"]
    fields = [*list_display, "tokens", "look_again_at", "agreed"]
    price = money("price_cents", name="Price")
    monthly_limit = money("monthly_limit_cents", name="Monthly limit")
    agreed = linked("consent", name="Consent")


@admin.register(TopUpConsent)
class TopUpConsentAdmin(LongListAdmin):
    list_display = ["id", "owner", "package_key", "price", "threshold", "monthly_limit", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user"]
    fields = ["owner", "text", "address", "package_key", "price", "threshold", "monthly_limit", "created_at"]
    owner = linked("user", name="Customer")
    price = money("price_cents", name="Price")
    monthly_limit = money("monthly_limit_cents", name="Monthly limit")


@admin.register(TopUp)
class TopUpAdmin(LongListAdmin):
    list_display = ["id", "owner", "bought", "status", "declines", "next_try_at", "created_at"]
    list_filter = ["status"]
    list_select_related = ["user", "purchase"]
    search_fields = ["user"]
    fields = [
        *["owner", "crossing", "bought", "agreed", "status", "declines", "last_error"],
        *["attempts", "next_try_at", "created_at", "ended_at"],
    ]
    owner = linked("user", name="Customer")
    bought = linked("purchase", name="Purchase")
    agreed = linked("consent", name="Consent")
