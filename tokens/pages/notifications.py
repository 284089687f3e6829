"""Email preferences: which emails the shop sends, and a switch for the optional ones."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.pages.api_keys import SignedInRequest
from accounts.pages.going_back import back
from accounts.sections import section
from tokens.emails.kinds import Kind, choose, kinds, opted_out_kinds
from tokens.web.redirects import SeeOther


class NotificationsForm(forms.Form):
    """A switch, named by its key, for each kind of email that may be muted; on unless this user has switched it off."""

    def __init__(self, offered: Iterable[Kind], *, muted: set[str]) -> None:
        super().__init__()
        for kind in offered:
            if kind.is_optional:
                self.fields[kind.key] = forms.BooleanField(
                    label=kind.name,
                    help_text=kind.description,
                    initial=kind.key not in muted,
                    required=False,
                    widget=forms.CheckboxInput(attrs={"role": "switch"}),
                )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notifications(request: SignedInRequest) -> HttpResponse:
    """Every kind of email, and the form of the signed-in user's choice."""
    offered = kinds()
    if request.method == "POST":
        choose(request.user.pk, wanted=[kind.key for kind in offered if kind.key in request.POST])
        messages.success(request, "Changes saved.")
        return SeeOther(back(request, "notifications"))
    form = _form_of(request)
    always = [kind for kind in offered if not kind.is_optional]
    return render(request, "tokens/email_preferences.html", {"form": form, "always": always})


@section("notifications", title="Email preferences", position=70, template="tokens/_account_section.html")
def own_preferences(request: SignedInRequest) -> dict[str, Any]:
    return {"form": _form_of(request)}


def _form_of(request: SignedInRequest) -> NotificationsForm:
    return NotificationsForm(kinds(), muted=opted_out_kinds(request.user.pk))
