"""The forms behind the customer page's buttons. Each says whom it is about and what they have."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextareaWidget

from accounts.models import User
from memberships.admin.giving import GiveForm
from tokens.ledger.wallet import read_wallet
from tokens.staff import alone, noting
from tokens.staff.acts import DEDUCT_REASONS, GRANT_REASONS, Why, who_sees
from tokens.staff.grants import MOST_TOKENS
from tokens.web.admin.actions import ActionForm, ReasonForm, staff_of
from tokens.web.admin.dates import LastDayField
from tokens.wording import counted


class AboutCustomer:
    """The facts of every form here."""

    def facts(self, pk: int) -> dict[str, object]:
        user, wallet = get_object_or_404(User, pk=pk), read_wallet(pk)
        return {
            "Customer": f"{user} {user.email}",
            "Balance": f"{wallet.balance:,}",
            "Available": f"{wallet.available:,}",
        }


class CustomerForm(AboutCustomer, ActionForm):
    pass


class GraveForm(CustomerForm):
    """For what can't be undone, or lets somebody in."""

    needs_fresh_factor = True


class GrantForm(AboutCustomer, ReasonForm):
    field_order = ["tokens", "expires_at", "reason", "note"]
    reasons, reason_help = GRANT_REASONS, who_sees(GRANT_REASONS)
    needs_fresh_factor = True

    tokens = forms.IntegerField(min_value=1, max_value=MOST_TOKENS, widget=UnfoldAdminIntegerFieldWidget)
    expires_at = LastDayField(required=False, help_text="Leave empty for tokens that never expire.")

    def get_before_template_context(self, request: HttpRequest, object_id: int | str | None = None) -> dict[str, Any]:
        context = super().get_before_template_context(request, object_id)
        context["facts"]["Left today"] = f"{counted(alone.left(staff_of(request)), 'token')}; more needs approval."
        return context


class DeductForm(AboutCustomer, ReasonForm):
    field_order = ["tokens", "reason", "note"]
    reasons, reason_help = DEDUCT_REASONS, who_sees(DEDUCT_REASONS)
    needs_fresh_factor = True

    tokens = forms.IntegerField(min_value=1, max_value=MOST_TOKENS, widget=UnfoldAdminIntegerFieldWidget)


class NoteForm(AboutCustomer, ActionForm):
    """Its `reason` is the note, which the log does not repeat."""

    reason = forms.CharField(max_length=4000, label="Note", widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}))

    def why(self, request: HttpRequest) -> Why:
        return Why(staff_of(request), noting.REASON)


class GiveMembershipForm(AboutCustomer, GiveForm):
    pass
