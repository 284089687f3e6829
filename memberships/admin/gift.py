from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from memberships.admin.ending import EndGiftForm, end_gift
from memberships.admin.giving import GiveToForm, give
from memberships.models import Gift
from tokens.web.admin.actions import row_of
from tokens.web.admin.links import page_of
from tokens.web.admin.paging import LongListAdmin


@admin.register(Gift)
class GiftAdmin(LongListAdmin):
    """Plans that staff gave free of charge."""

    list_display = ["id", "user", "plan", "state", "until", "reason", "by", "created_at"]
    list_filter = ["plan", "created_at"]
    list_select_related = ["user", "plan", "by"]
    search_fields = ["user", "by", "id"]
    fields = ["user", "plan", "state", "until", "reason", "by", "created_at", "ended_at", "ended_by", "ended_reason"]
    actions_list = ["give_to"]
    actions_detail = ["end"]

    @display(description="State", label={"Active": "success", "Expired": "info", "Revoked": "warning"})
    def state(self, gift: Gift) -> str:
        if gift.ended_at:
            return "Revoked"
        return "Active" if timezone.now() < gift.until else "Expired"

    @action(
        description="Add complimentary plan",
        permissions=["give"],
        dialog={
            "title": "Add a complimentary plan",
            "description": "Takes effect immediately, alongside any paid plan. Replaces an active complimentary plan.",
            "form_class": GiveToForm,
            "form_submit_text": "Add plan",
        },
    )
    def give_to(self, request: HttpRequest, form: GiveToForm) -> HttpResponse:
        back = reverse("admin:memberships_gift_changelist")
        return give(self, request, form, user=form.cleaned_data["username"], back=back)

    @action(
        description="Revoke",
        permissions=["end"],
        variant=ActionVariant.DANGER,
        dialog={
            "title": "Revoke this complimentary plan?",
            "description": "The customer returns immediately to their paid plan, or to Free.",
            "form_class": EndGiftForm,
            "form_submit_text": "Revoke plan",
        },
    )
    def end(self, request: HttpRequest, form: EndGiftForm, object_id: str) -> HttpResponse:
        gift = row_of(self, request, object_id)
        return end_gift(self, request, form, gift=gift, back=page_of(gift))

    def has_give_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("memberships.add_gift")

    def has_end_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("memberships.change_gift")
