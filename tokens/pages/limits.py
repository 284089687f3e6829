"""Limits and alerts: when to be told of a low balance, and how many tokens a day and a month may take."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.factors.forms import ConfirmAccessForm
from accounts.pages.api_keys import SignedInRequest
from accounts.sections import section
from tokens.ledger.alerting import choose_threshold
from tokens.ledger.wallet import read_wallet
from tokens.models import Wallet
from tokens.pages.proving import proof_form, save_with_proof
from tokens.spending.own_limits import MOST, own_limits, set_limits
from tokens.web.redirects import SeeOther

TOO_MANY = f"Enter a number up to {MOST:,}."


def _tokens(label: str, help_text: str, *, required: bool) -> forms.IntegerField:
    messages = {"max_value": TOO_MANY, "min_value": "Enter 0 or more."}
    return forms.IntegerField(
        label=label, help_text=help_text, required=required, min_value=0, max_value=MOST, error_messages=messages
    )


class AlertForm(forms.Form):
    below = _tokens("Tell me when I have fewer tokens than", "0 switches these emails off.", required=True)


class LimitsForm(forms.Form):
    day = _tokens("Tokens per day", "Leave empty for no limit. Days begin at 00:00 UTC.", required=False)
    month = _tokens("Tokens per month", "Leave empty for no limit. Months begin on the 1st, 00:00 UTC.", required=False)


@section("limits", title="Limits and alerts", position=65, template="tokens/_limits_section.html")
def own_limits_section(request: SignedInRequest) -> dict[str, Any]:
    return {"limits": own_limits(request.user.pk, timezone.now()), "wallet": read_wallet(request.user.pk)}


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def limits(request: SignedInRequest) -> HttpResponseBase:
    """GET shows both forms; POST has one of them, and the password where it raises a limit."""
    wallet = read_wallet(request.user.pk)
    posted = request.POST if request.method == "POST" else None
    is_alert = posted is not None and "below" in posted
    alert = AlertForm(posted if is_alert else None, initial={"below": wallet.alert_below})
    limited = LimitsForm(None if is_alert else posted, initial={"day": wallet.day_limit, "month": wallet.month_limit})
    proof = proof_form(request)
    if is_alert and alert.is_valid():
        choose_threshold(request.user.pk, alert.cleaned_data["below"])
        return _saved(request)
    if posted is not None and not is_alert and limited.is_valid() and (answer := _set(request, limited, proof)):
        return answer
    return _page(request, wallet, {"alert": alert, "form": limited, "proof": proof})


def _set(request: SignedInRequest, form: LimitsForm, proof: ConfirmAccessForm) -> HttpResponseBase | None:
    def save(is_proven: bool) -> None:
        set_limits(request.user.pk, form.cleaned_data, is_proven=is_proven)

    return save_with_proof(request, form, proof, save=save, saved=lambda: _saved(request), what="a limit")


def _saved(request: SignedInRequest) -> HttpResponse:
    messages.success(request, "Changes saved.")
    return SeeOther(reverse("tokens:limits"))


def _page(request: SignedInRequest, wallet: Wallet, context: dict[str, Any]) -> HttpResponse:
    context |= {"limits": own_limits(request.user.pk, timezone.now()), "wallet": wallet}
    return render(request, "tokens/limits.html", context)
