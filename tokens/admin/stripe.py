from django.contrib import admin

from tokens.admin.view_only import ViewOnlyAdmin
from tokens.models import Reconciliation, StripeCustomer, StripeEvent


@admin.register(StripeEvent)
class StripeEventAdmin(ViewOnlyAdmin):
    list_display = ["stripe_id", "type", "status", "attempts", "received_at", "done_at", "last_error"]
    list_filter = ["status", "type", "received_at"]
    search_fields = ["stripe_id", "type"]


@admin.register(StripeCustomer)
class StripeCustomerAdmin(ViewOnlyAdmin):
    list_display = ["user", "stripe_id", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__email", "stripe_id"]


@admin.register(Reconciliation)
class ReconciliationAdmin(ViewOnlyAdmin):
    list_display = ["started_at", "since", "finished_at", "repaired", "unrepaired"]
    list_filter = ["started_at"]
    search_fields = ["report"]
