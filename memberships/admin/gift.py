from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from memberships.admin.ending import END_GIFT, EndGiftForm, end_gift
from memberships.admin.giving import GIVE, GIVING, GiveToForm, give
from memberships.models import Gift
from tokens.web.admin.actions import act_once
from tokens.web.admin.buttons import Told, allows, button, dialog
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
        dialog=dialog("Add a complimentary plan", GiveToForm, "Add plan", GIVING),
    )
    def give_to(self, request: HttpRequest, form: GiveToForm) -> HttpResponse:
        back = reverse("admin:memberships_gift_changelist")
        user = form.cleaned_data["username"]
        return act_once(self, request, form, work=lambda: give(request, form, user), back=back, verb=GIVE)

    @button(
        "Revoke",
        dialog(
            "Revoke this complimentary plan?",
            EndGiftForm,
            "Revoke plan",
            "The customer returns immediately to their paid plan, or to Free.",
        ),
        needs="end",
        variant=ActionVariant.DANGER,
        verb=END_GIFT,
    )
    def end(self, request: HttpRequest, form: EndGiftForm, gift: Gift) -> Told:
        return end_gift(request, form, gift)

    has_give_permission = allows("memberships.add_gift")
    has_end_permission = allows("memberships.change_gift")
