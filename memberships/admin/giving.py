"""Giving a membership free of charge: the form and the act, for the pages that have a button for it."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from memberships import complimentary
from memberships.models import Gift, Plan
from memberships.models.plan import FREE
from tokens.web.admin.actions import VerbForm, act_once
from tokens.web.admin.dates import LastDayField, day


class GiveForm(VerbForm):
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


def give(page: Any, request: HttpRequest, form: GiveForm, *, user: Any, back: str) -> HttpResponse:
    """Give what a valid form says to `user`, once."""

    def work() -> tuple[Gift, str]:
        wanted, by = form.cleaned_data, cast(AbstractBaseUser, request.user)
        gift = complimentary.give(
            user,
            wanted["plan"],
            until=wanted["until"],
            reason=wanted["reason"],
            by=by,
        )
        return gift, f"{user} has {gift.plan.name} free of charge until {day(gift.until)}."

    return act_once(page, request, form, work=work, back=back, verb="give a membership")
