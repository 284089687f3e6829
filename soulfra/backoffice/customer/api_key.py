"""API keys in the back office: read only, but for revoking one that leaked."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from accounts.models import ApiKey
from soulfra.backoffice.customer import account
from tokens.web.admin.actions import ActionForm, act_once, pk_of, row_of
from tokens.web.admin.dates import day
from tokens.web.admin.links import page_of
from tokens.web.admin.paging import LongListAdmin


class RevokeForm(ActionForm):
    def facts(self, pk: int) -> dict[str, object]:
        key = get_object_or_404(ApiKey.objects.select_related("user"), pk=pk)
        used = day(key.last_used_at, empty="never")
        return {"Customer": key.user, "Key": key, "Last used": used}


@admin.register(ApiKey)
class ApiKeyAdmin(LongListAdmin):
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
            "description": "Requests with this key are refused immediately. You can't undo this.",
            "form_class": RevokeForm,
            "form_submit_text": "Revoke key",
        },
    )
    def revoke(self, request: HttpRequest, form: ActionForm, object_id: str) -> HttpResponse:
        api_key = row_of(self, request, object_id)

        def work() -> tuple[ApiKey, str]:
            account.revoke_key(api_key, why=form.why(request))
            return api_key, f"Key {api_key} revoked."

        return act_once(self, request, form, work=work, back=page_of(api_key))

    def has_revoke_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """No button on a key that is revoked; a form sent twice is answered."""
        is_open = request.method == "POST" or ApiKey.objects.filter(pk=pk_of(object_id), revoked_at=None).exists()
        return request.user.has_perm(account.REVOKE) and is_open
