"""Giving a membership free of charge: the form and the act, for the pages that have a button for it."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any, cast

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from memberships import complimentary
from memberships.models import Gift, Plan
from memberships.models.plan import FREE
from tokens.web.admin.actions import VerbForm, act_once


class GiveForm(VerbForm):
    """Which plan, and until the end of which day (UTC)."""

    field_order = ["username", "plan", "until", "reason"]

    plan = forms.ModelChoiceField(Plan.objects.exclude(pk=FREE), widget=UnfoldAdminSelectWidget)
    until = forms.DateField(label="Until the end of (UTC)", widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}))

    def clean_until(self) -> datetime:
        until = datetime.combine(self.cleaned_data["until"], time(23, 59, 59), UTC)
        if until <= timezone.now():
            raise forms.ValidationError("Choose a day that is not over.")
        return until


class GiveToForm(GiveForm):
    """As above, and to whom: also someone who never had a membership."""

    username = forms.CharField(label="To (username)", widget=UnfoldAdminTextInputWidget)

    def clean_username(self) -> Any:
        user = get_user_model().objects.filter(username=self.cleaned_data["username"]).first()
        if user is None:
            raise forms.ValidationError("There is no user of that name.")
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
        return gift, f"{gift.plan.name} is given to {user} until {gift.until:%-d %B %Y}."

    return act_once(page, request, form, work=work, back=back, verb="give a membership")
