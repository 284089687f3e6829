"""Grants and deductions as they were made, one by one and by list."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action
from unfold.enums import ActionVariant

from tokens.admin.batch_form import batch_page
from tokens.models import Grant, GrantBatch
from tokens.staff.granting import GRANT, GRANT_ANY
from tokens.web.admin.buttons import allows
from tokens.web.admin.columns import linked
from tokens.web.admin.paging import LongListAdmin


@admin.register(Grant)
class GrantAdmin(LongListAdmin):
    list_display = ["id", "user", "kind", "tokens", "reason", "by", "expires_at", "created_at"]
    list_filter = ["kind", "created_at"]
    list_select_related = ["user", "by"]
    search_fields = ["user", "by", "id"]
    fields = ["customer", "kind", "tokens", "lot_link", "reason", "by", "expires_at", "created_at"]
    customer = linked("user", name="Customer")
    lot_link = linked("lot", name="Credit block")


@admin.register(GrantBatch)
class GrantBatchAdmin(LongListAdmin):
    """Lists of customers who were granted tokens, with how far each is."""

    list_display = ["created_at", "by", "tokens", "addresses", "status", "granted", "reason", "finished_at"]
    list_filter = ["status", "created_at"]
    list_select_related = ["by"]
    ordering = ["-created_at"]
    fields = ["by", "tokens", "expires_at", "reason", "note", "created_at", "started_at", "finished_at"]
    change_form_outer_before_template = "admin/tokens/_batch_progress.html"
    actions_list = ["grant_to_a_list"]
    has_grant_permission = allows(GRANT, GRANT_ANY)

    @admin.display
    def addresses(self, batch: GrantBatch) -> int:
        return len(batch.emails)

    @action(description="Grant to a list", permissions=["grant"], variant=ActionVariant.PRIMARY)
    def grant_to_a_list(self, request: HttpRequest) -> HttpResponse:
        return batch_page(self, request)
