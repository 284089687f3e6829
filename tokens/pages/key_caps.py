"""Caps of an API key: what they are and what is used of them, in the list of keys and on a page that changes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import ApiKey, KeyCaps
from accounts.pages.api_keys import SignedInRequest, spent_by_keys
from accounts.pages.forms import CapsForm
from tokens.ledger.limits import Limit, caps_at, day_of
from tokens.ledger.wallet import read_wallet
from tokens.pages.proving import proof_form, save_with_proof
from tokens.reports.usage_over_time import Asked, spent_over_time
from tokens.spending.key_caps import set_caps
from tokens.web.redirects import SeeOther

DAYS = 30


@dataclass(frozen=True)
class Period:
    """What a key has spent in a day or month; with a cap, what counts toward it, which tokens on hold do as well."""

    label: str
    tokens: int
    cap: int | None


@dataclass(frozen=True)
class Used:
    """What a key has spent: today and in this month, and in the last thirty days. All in tokens, by days of UTC."""

    periods: tuple[Period, Period]
    in_30_days: int


@spent_by_keys
def used_by_keys(user_id: int) -> dict[int, Used]:
    """What each of a customer's keys has spent lately; without those that have neither spent nor caps."""
    wallet, now = read_wallet(user_id), timezone.now()
    today = day_of(wallet, now)
    since = min(today.replace(day=1), today - timedelta(days=DAYS - 1))
    asked = Asked(since=datetime.combine(since, time(), UTC))
    spent: dict[int, dict[str, int]] = {}
    for (key, day), tokens, _ in spent_over_time(user_id, asked, ("key", "day")):
        spent.setdefault(int(key), {})[day] = tokens
    caps = {
        key.pk: caps_at(wallet, now, key.caps)
        for key in ApiKey.objects.for_user(user_id).exclude(caps=None).select_related("caps")
    }
    first, recent = f"{today.replace(day=1)}", f"{today - timedelta(days=DAYS - 1)}"

    def used(key: int) -> Used:
        days = spent.get(key, {})
        in_month = sum(tokens for day, tokens in days.items() if day >= first)
        periods = _period("Today", days.get(f"{today}", 0), caps.get(key, ()), 0)
        month = _period("This month", in_month, caps.get(key, ()), 1)
        return Used((periods, month), sum(tokens for day, tokens in days.items() if day >= recent))

    return {key: used(key) for key in {*spent, *caps} if key}


def _period(label: str, spent: int, caps: Sequence[Limit], place: int) -> Period:
    if caps and caps[place].limit is not None:
        return Period(label, caps[place].spent, caps[place].limit)
    return Period(label, spent, None)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def key_caps(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """GET shows the caps of one of the signed-in user's keys; POST changes them, with the password to raise one."""
    mine = ApiKey.objects.for_user(request.user.pk).active().select_related("caps", "successor")
    api_key = get_object_or_404(mine, pk=pk)
    caps = api_key.caps or KeyCaps()
    form = CapsForm(request.POST or None, initial={"day_cap": caps.day_limit, "month_cap": caps.month_limit})
    proof = proof_form(request)

    def save(is_proven: bool) -> None:
        set_caps(api_key, form.caps(), is_proven=is_proven)

    def saved() -> HttpResponse:
        messages.success(request, "Changes saved.")
        return SeeOther(reverse("accounts:api_keys"))

    is_asked = request.method == "POST" and form.is_valid()
    if is_asked and (answer := save_with_proof(request, form, proof, save=save, saved=saved, what="a cap")):
        return answer
    context = {
        "api_key": api_key,
        "form": form,
        "proof": proof,
        "has_caps": caps.day_limit is not None or caps.month_limit is not None,
        "is_shared": api_key.caps is not None and api_key.caps.keys.count() > 1,
        "caps": caps_at(read_wallet(request.user.pk), timezone.now(), caps),
    }
    return render(request, "tokens/key_caps.html", context)
