"""Grants and deductions as they were made, one by one and by list, and the queue of those that wait for approval."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from unfold.decorators import action
from unfold.enums import ActionVariant

from tokens.admin.batch_form import batch_page
from tokens.admin.deciding import DecidedByAnother
from tokens.models import Grant, GrantBatch, GrantRequest
from tokens.staff import approving
from tokens.staff.granting import GRANT, GRANT_ANY
from tokens.web.admin.actions import ActionForm
from tokens.web.admin.buttons import Told, allows, button, dialog
from tokens.web.admin.columns import linked
from tokens.web.admin.dates import day
from tokens.web.admin.links import row_link
from tokens.web.admin.paging import LongListAdmin
from tokens.wording import sentence


@admin.register(Grant)
class GrantAdmin(LongListAdmin):
    list_display = ["id", "user", "kind", "tokens", "reason", "by", "expires_at", "created_at"]
    list_filter = ["kind", "created_at"]
    list_select_related = ["user", "by"]
    search_fields = ["user", "by", "id"]
    fields = ["customer", "kind", "tokens", "lot_link", "list_link", "reason", "by", "expires_at", "created_at"]
    customer = linked("user", name="Customer")
    lot_link = linked("lot", name="Credit block")
    list_link = linked("batch", name="Bulk grant")


@admin.register(GrantBatch)
class GrantBatchAdmin(LongListAdmin):
    """Lists of customers who were granted tokens, with how far each is."""

    list_display = ["created_at", "by", "tokens", "addresses", "status", "granted", "reason", "finished_at"]
    list_filter = ["status", "created_at"]
    list_select_related = ["by"]
    ordering = ["-created_at"]
    fields = ["by", "tokens", "expires_at", "reason", "note", "approval", "created_at", "started_at", "finished_at"]
    change_form_outer_before_template = "admin/tokens/_batch_progress.html"
    actions_list = ["grant_to_a_list"]
    has_grant_permission = allows(GRANT, GRANT_ANY)
    approval = linked("request", name="Approval")

    @admin.display
    def addresses(self, batch: GrantBatch) -> int:
        return len(batch.emails)

    @action(description="Grant to a list", permissions=["grant"], variant=ActionVariant.PRIMARY)
    def grant_to_a_list(self, request: HttpRequest) -> HttpResponse:
        return batch_page(self, request)


class DecideForm(ActionForm):
    needs_fresh_factor = True

    def facts(self, pk: int) -> dict[str, object]:
        row = get_object_or_404(GrantRequest.objects.select_related("user", "batch", "usage", "by"), pk=pk)
        spend = {"Spend to reverse": row_link(row.usage)} if row.usage else {}
        return {
            "To": row_link(row.batch or row.user),
            **spend,
            "Tokens in total": f"{row.tokens:,}",
            "Expires on": day(row.expires_at, empty="never"),
            "Requested by": f"{row.by}: {sentence(row.reason)} {row.note}",
        }


@admin.register(GrantRequest)
class GrantRequestAdmin(DecidedByAnother, LongListAdmin):
    """Grants, and spends to take back, above what one member of staff may give alone in a day. Somebody other than the
    requester decides."""

    list_display = ["id", "user", "batch", "tokens", "state", "reason", "by", "created_at", "decided_by", "decided_at"]
    list_filter = ["status", "created_at"]
    list_select_related = ["user", "batch", "by", "decided_by"]
    search_fields = ["user", "by", "id"]
    fields = ["customer", "list_link", "spend", "tokens", "expires_at", "state", "reason", "note", "by", "created_at"]
    fields += ["decided_by", "decided_at", "made"]
    decides = approving.APPROVE
    customer = linked("user", name="Customer")
    list_link = linked("batch", name="Bulk grant")
    spend = linked("usage", name="Spend to reverse")
    made = linked("grant", "reversal", name="Grant")

    @button(
        "Approve",
        dialog("Approve this grant?", DecideForm, "Approve grant", "The tokens are granted immediately."),
        needs="decide",
        variant=ActionVariant.PRIMARY,
    )
    def approve(self, request: HttpRequest, form: DecideForm, row: GrantRequest) -> Told:
        return approving.approve(row, why=form.why(request)), "Grant approved."

    @button(
        "Decline",
        dialog("Decline this grant?", DecideForm, "Decline", "No tokens are granted."),
        needs="decide",
        variant=ActionVariant.DANGER,
    )
    def decline(self, request: HttpRequest, form: DecideForm, row: GrantRequest) -> Told:
        return approving.decline(row, why=form.why(request)), "Grant declined."
