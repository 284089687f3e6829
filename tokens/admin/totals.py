"""Running totals of customers: looked at here, never edited."""

from __future__ import annotations

from django.contrib import admin

from tokens.models import DailyTotal, PurchaseTotal, UsageTotal
from tokens.web.admin.columns import asking_key
from tokens.web.admin.paging import LongListAdmin


@admin.register(UsageTotal)
class UsageTotalAdmin(LongListAdmin):
    list_display = ["user", "action", "tokens", "count"]
    list_select_related = ["user"]
    search_fields = ["user"]


@admin.register(PurchaseTotal)
class PurchaseTotalAdmin(LongListAdmin):
    list_display = ["user", "currency", "purchases", "tokens", "cents"]
    list_select_related = ["user"]
    search_fields = ["user"]


@admin.register(DailyTotal)
class DailyTotalAdmin(LongListAdmin):
    list_display = ["user", "day", "action", "asking_key", "tokens", "count"]
    list_select_related = ["user"]
    search_fields = ["user"]
    order_of_one = "-day"
    fields = ["user", "day", "action", "asking_key", "tokens", "count"]
    asking_key = asking_key
