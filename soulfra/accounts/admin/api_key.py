"""API keys in the back office: read only, but for revoking one that leaked."""

from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm

from soulfra.accounts import api_keys
from soulfra.accounts.models import ApiKey
from tokens.admin.paging import LongList
from tokens.admin.searching import ExactSearch


@admin.register(ApiKey)
class ApiKeyAdmin(LongList, ExactSearch, ModelAdmin):
    list_display = ["name", "user", "prefix", "state_label", "created_at", "last_used_at", "expires_at"]
    list_select_related = ["user"]
    search_fields = ["prefix", "user"]
    fields = ["user", "name", "prefix", "state_label", "created_at", "expires_at", "last_used_at", "revoked_at"]
    readonly_fields = fields
    actions_detail = ["revoke"]

    @display(description="State", label={"Active": "success", "Expired": "warning", "Revoked": "danger"})
    def state_label(self, api_key: ApiKey) -> str:
        return api_key.state.label

    @action(
        description="Revoke",
        permissions=["revoke"],
        variant=ActionVariant.DANGER,
        dialog={
            "title": "Revoke this key?",
            "description": "Programs that use it are refused at once. This cannot be undone.",
            "form_class": BaseDialogForm,
            "form_submit_text": "Revoke key",
        },
    )
    def revoke(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        api_key = self.get_object(request, object_id)
        if api_key is None:
            raise Http404
        if api_key.revoked_at is None:
            api_keys.revoke(api_key)
            self.log_change(request, api_key, "Revoked.")
        messages.success(request, f"The key {api_key} is revoked.")
        return HttpResponse(headers={"HX-Redirect": reverse("admin:accounts_apikey_change", args=[api_key.pk])})

    def has_revoke_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("accounts.change_apikey")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False
