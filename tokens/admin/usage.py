"""Usage, and the holds in it that somebody has to look at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.html import format_html_join
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from tokens.models import GrantRequest, TokenUsage
from tokens.spending import taking_back
from tokens.staff import stopping
from tokens.staff import taking_back as staff_taking_back
from tokens.staff.granting import GRANT, GRANT_ANY
from tokens.web.admin.actions import ActionForm
from tokens.web.admin.buttons import Told, allows, button, dialog
from tokens.web.admin.columns import asking_key
from tokens.web.admin.dates import moment
from tokens.web.admin.links import named_link
from tokens.web.admin.paging import LongListAdmin
from tokens.wording import counted

# A hold of an hour is usual; one that was open for longer has probably lost its caller.
USUALLY_OVER = timedelta(hours=1)


class ReleaseForm(ActionForm):
    def facts(self, pk: int) -> dict[str, object]:
        usage = get_object_or_404(TokenUsage.objects.select_related("user"), pk=pk)
        return {"Customer": usage.user, "Action": usage.action, "Tokens": f"{usage.tokens_spent:,}"}


class TakeBackForm(ActionForm):
    needs_fresh_factor = True
    quantity = forms.IntegerField(
        min_value=1, required=False, widget=UnfoldAdminIntegerFieldWidget, help_text="Leave empty for all that is left."
    )
    field_order = ["quantity", "reason"]

    def facts(self, pk: int) -> dict[str, object]:
        usage = get_object_or_404(TokenUsage.objects.select_related("user"), pk=pk)
        spent = f"{counted(usage.tokens_spent, 'token')} for {usage.quantity:,}"
        left = taking_back.left_of(usage)
        return {"Customer": usage.user, "Action": usage.action, "Spent": spent, "Left to reverse": f"{left:,}"}


class StuckFilter(admin.SimpleListFilter):
    """Holds that stay open for longer than usual."""

    title, parameter_name = "holds", "holds"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), ("stuck", "Open for more than an hour")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[TokenUsage]) -> QuerySet[TokenUsage]:
        if self.value() == "stuck":
            return queryset.filter(status="held", created_at__lt=timezone.now() - USUALLY_OVER)
        return queryset.filter(status="held") if self.value() == "open" else queryset


def can_be_taken_back(pk: int) -> bool:
    usage = TokenUsage.objects.spent().filter(pk=pk).first()
    return usage is not None and taking_back.left_of(usage) > 0


@admin.register(TokenUsage)
class TokenUsageAdmin(LongListAdmin):
    list_display = ["id", "user", "number", "action", "quantity", "tokens_spent", "status", "says", "created_at"]
    list_filter = [StuckFilter, "status"]
    list_select_related = ["user"]
    search_fields = ["user", "id"]
    order_of_one = "-number"
    fields = ["user", "number", "action", "quantity", "tokens_spent", "status", "says", "metadata", "asking_key"]
    fields += ["taken_back", "balance_after", "created_at", "expires_at", "ended_at"]
    actions_detail = ["release", "take_back"]
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

    @admin.display(description="Reversed")
    def taken_back(self, usage: TokenUsage) -> str:
        """Each reversal with a link to it; they are few."""
        found = [named_link(counted(row.tokens, "token"), row) for row in usage.reversals.order_by("pk")]
        return format_html_join(", ", "{}", ((link,) for link in found)) or "–"

    @button(
        "Reverse",
        dialog(
            "Reverse this spend?",
            TakeBackForm,
            "Reverse spend",
            "Its tokens return to the credit blocks that they were taken from, and the customer's statement says why.",
        ),
        needs="take_back",
    )
    def take_back(self, request: HttpRequest, form: TakeBackForm, usage: TokenUsage) -> Told:
        row = staff_taking_back.take_back(usage, why=form.why(request), quantity=form.cleaned_data["quantity"])
        tokens = counted(row.tokens, "token")
        is_waiting = isinstance(row, GrantRequest)
        return usage, f"{tokens} of usage {usage.pk}: pending approval." if is_waiting else f"Returned {tokens}."

    has_take_back_permission = allows(GRANT, GRANT_ANY, shown=can_be_taken_back)

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
