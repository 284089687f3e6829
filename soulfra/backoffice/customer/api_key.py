"""API keys in the back office: read only, but for revoking one that leaked."""

from django.contrib import admin
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from unfold.decorators import display
from unfold.enums import ActionVariant

from accounts.models import ApiKey
from soulfra.backoffice.customer import account
from tokens.ledger.limits import caps_at
from tokens.ledger.wallet import read_wallet
from tokens.web.admin.actions import ActionForm
from tokens.web.admin.buttons import Told, allows, button, dialog
from tokens.web.admin.dates import day
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
    fields = [
        "user",
        "name",
        "prefix",
        "scopes",
        "caps_label",
        "state_label",
        "created_at",
        "expires_at",
        "last_used_at",
        "last_used_from",
        "revoked_at",
        "note",
    ]
    readonly_fields = fields
    actions_detail = ["revoke"]

    @display(description="State", label={"Active": "success", "Expired": "warning", "Revoked": "danger"})
    def state_label(self, api_key: ApiKey) -> str:
        return api_key.state.label

    @display(description="Caps")
    def caps_label(self, api_key: ApiKey) -> str:
        limits = caps_at(read_wallet(api_key.user_id), timezone.now(), api_key.caps)
        periods = {"day": "today", "month": "this month"}
        said = [
            f"{each.spent:,} of {each.limit:,} tokens {periods[each.period]}"
            for each in limits
            if each.limit is not None
        ]
        return ", ".join(said) or "none"

    @button(
        "Revoke",
        dialog(
            "Revoke this key?",
            RevokeForm,
            "Revoke key",
            "Requests with this key are refused immediately. You can't undo this.",
        ),
        needs="revoke",
        variant=ActionVariant.DANGER,
    )
    def revoke(self, request: HttpRequest, form: RevokeForm, api_key: ApiKey) -> Told:
        account.revoke_key(api_key, why=form.why(request))
        return api_key, f"Key {api_key} revoked."

    # No button on a key that is revoked.
    has_revoke_permission = allows(
        account.REVOKE, shown=lambda pk: ApiKey.objects.filter(pk=pk, revoked_at=None).exists()
    )
