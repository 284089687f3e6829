"""Usage, and the holds in it that somebody has to look at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from tokens.models import TokenUsage
from tokens.staff import stopping
from tokens.web.admin.actions import ActionForm
from tokens.web.admin.buttons import Told, allows, button, dialog
from tokens.web.admin.columns import asking_key
from tokens.web.admin.dates import moment
from tokens.web.admin.paging import LongListAdmin

# A hold of an hour is usual; one that was open for longer has probably lost its caller.
USUALLY_OVER = timedelta(hours=1)


class ReleaseForm(ActionForm):
    def facts(self, pk: int) -> dict[str, object]:
        usage = get_object_or_404(TokenUsage.objects.select_related("user"), pk=pk)
        return {"Customer": usage.user, "Action": usage.action, "Tokens": f"{usage.tokens_spent:,}"}


class StuckFilter(admin.SimpleListFilter):
    """Holds that stay open for longer than usual."""

    title, parameter_name = "holds", "holds"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), ("stuck", "Open for more than an hour")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[TokenUsage]) -> QuerySet[TokenUsage]:
        if self.value() == "stuck":
            return queryset.filter(status="held", created_at__lt=timezone.now() - USUALLY_OVER)
        return queryset.filter(status="held") if self.value() == "open" else queryset


@admin.register(TokenUsage)
class TokenUsageAdmin(LongListAdmin):
    list_display = ["id", "user", "number", "action", "quantity", "tokens_spent", "status", "says", "created_at"]
    list_filter = [StuckFilter, "status"]
    list_select_related = ["user"]
    search_fields = ["user", "id"]
    order_of_one = "-number"
    fields = ["user", "number", "action", "quantity", "tokens_spent", "status", "says", "metadata", "asking_key"]
    fields += ["balance_after", "created_at", "expires_at", "ended_at"]
    actions_detail = ["release"]
    asking_key = asking_key

    @admin.display(description="Details")
    def says(self, usage: TokenUsage) -> str:
        """A hold explains itself: what it waits for, and what happens if nobody does anything."""
        if usage.expires_at is None:
            return "Spent immediately."
        if usage.status == TokenUsage.Status.SPENT:
            return "Held, then captured."
        if usage.status == TokenUsage.Status.RELEASED:
            return "Tokens released: the hold expired." if usage.reason == "expired" else "Tokens released."
        if usage.expires_at <= timezone.now():
            return "Expired: the tokens will be released within a minute."
        is_stuck = self._is_stuck(usage)
        age = "On hold longer than usual; the client may have stopped." if is_stuck else "On hold, in progress."
        return f"{age} Released automatically on {moment(usage.expires_at)} UTC."

    @button(
        "Release",
        dialog(
            "Release this hold?",
            ReleaseForm,
            "Release hold",
            "The tokens become available again, and the hold can no longer be captured.",
        ),
        needs="release",
    )
    def release(self, request: HttpRequest, form: ReleaseForm, usage: TokenUsage) -> Told:
        return stopping.release(usage, why=form.why(request)), f"Hold {usage.pk} released."

    has_release_permission = allows(stopping.RELEASE, shown=lambda pk: TokenUsage.objects.held().filter(pk=pk).exists())

    def _is_stuck(self, usage: TokenUsage) -> bool:
        return usage.created_at < timezone.now() - USUALLY_OVER
