"""Adding a complimentary plan: the form and the action, for the pages that have a button for it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from memberships import complimentary
from memberships.models import Gift, Plan
from memberships.models.plan import FREE
from tokens.web.admin.actions import ActionForm, staff_of
from tokens.web.admin.dates import LastDayField, day

GIVE = "give a membership"
GIVING = "Takes effect immediately, alongside any paid plan. Replaces an active complimentary plan."


class GiveForm(ActionForm):
    """Which plan, and until the end of which day (UTC)."""

    field_order = ["username", "plan", "until", "reason"]
    needs_fresh_factor = True

    plan = forms.ModelChoiceField(Plan.objects.exclude(pk=FREE), widget=UnfoldAdminSelectWidget)
    until = LastDayField()


class GiveToForm(GiveForm):
    """As above, and to whom: also someone who never had a membership."""

    username = forms.CharField(label="Customer (username)", widget=UnfoldAdminTextInputWidget)

    def clean_username(self) -> Any:
        user = get_user_model().objects.filter(username=self.cleaned_data["username"]).first()
        if user is None:
            raise forms.ValidationError("Unknown username. Check the spelling.")
        return user


def give(request: HttpRequest, form: GiveForm, user: Any) -> tuple[Gift, str]:
    """Give what a valid form says to `user`; what to log and say of it."""
    wanted = form.cleaned_data
    gift = complimentary.give(
        user, wanted["plan"], until=wanted["until"], reason=wanted["reason"], by=staff_of(request)
    )
    return gift, f"{user} has {gift.plan.name} free of charge until {day(gift.until)}."
