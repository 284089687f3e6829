"""Automatic top-up: its terms and the sentence to tick, the card, and turning it off."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.sections import section
from tokens.ledger.wallet import read_wallet
from tokens.models import AutoTopUp
from tokens.pages.top_up_form import TermsForm, usual
from tokens.top_up import cards, consent, links, switching
from tokens.top_up.errors import ConsentOutOfDate, NoSavedCard
from tokens.top_up.reading import state_of
from tokens.web import limits
from tokens.web.caller import buyer_of, user_id_of
from tokens.web.redirects import SeeOther, sent_from

PAGE = "tokens:auto_top_up"


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def auto_top_up(request: HttpRequest) -> HttpResponse:
    """GET shows how it stands and, once terms are chosen, the sentence to tick; POST with the tick turns it on."""
    if request.method == "POST":
        return _turn_on(request)
    return _page(request, TermsForm(request.GET) if "package" in request.GET else None)


@section("auto-top-up", title="Automatic top-up", position=75, template="tokens/_auto_top_up_section.html")
def own_top_up(request: HttpRequest) -> dict[str, Any]:
    user_id = user_id_of(request)
    is_on = AutoTopUp.objects.filter(pk=user_id, is_on=True).exists()
    return {"state": state_of(user_id) if is_on else None}


@sent_from(PAGE)
def turn_off(request: HttpRequest) -> HttpResponse:
    """POST turns it off."""
    if switching.turn_off(user_id_of(request), AutoTopUp.Off.CUSTOMER):
        messages.success(request, "Automatic top-up is off. Nothing more is charged.")
    return SeeOther(_address())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def turn_off_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """What the link of an email leads to: one button, for whoever has the link. Nobody need sign in."""
    user_id = links.user_of(token)
    if user_id is None:
        return render(request, "tokens/auto_top_up_off.html", {"is_known": False}, status=404)
    if request.method == "POST":
        switching.turn_off(user_id, AutoTopUp.Off.LINK)
    is_on = AutoTopUp.objects.filter(pk=user_id, is_on=True).exists()
    return render(request, "tokens/auto_top_up_off.html", {"is_known": True, "is_on": is_on})


@sent_from(PAGE)
def save_card(request: HttpRequest) -> HttpResponse:
    """POST leads to Stripe's page that saves a card. 502 when Stripe fails."""
    limits.count(request, limits.STRIPE)
    return SeeOther(cards.open_page(user_id_of(request), origin=buyer_of(request).origin))


@never_cache
@require_safe
@login_required
def card_saved(request: HttpRequest) -> HttpResponse:
    """Back from Stripe's page: right whether its event came before, after or not at all."""
    limits.count(request, limits.STRIPE)
    card = cards.save_from(request.GET.get("session_id", ""), user_id_of(request))
    if card:
        messages.success(request, f"{card} saved.")
    return redirect(PAGE)


@sent_from(PAGE)
def remove_card(request: HttpRequest) -> HttpResponse:
    """POST turns automatic top-up off and has Stripe forget the card."""
    if cards.remove(user_id_of(request)):
        messages.success(request, "Card removed. Automatic top-up is off.")
    return SeeOther(_address())


def _turn_on(request: HttpRequest) -> HttpResponse:
    form = TermsForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    if "agreed" not in request.POST:
        return _page(request, form, refusal="Tick the box to agree. Nothing has been turned on.", status=400)
    address = buyer_of(request).client_ip
    try:
        consent.agree(user_id_of(request), form.terms, text=request.POST.get("text", ""), address=address)
    except (ConsentOutOfDate, NoSavedCard) as error:
        return _page(request, form, refusal=str(error), status=409)
    messages.success(request, "Automatic top-up is on.")
    return SeeOther(_address())


def _page(request: HttpRequest, form: TermsForm | None, *, refusal: str = "", status: int = 200) -> HttpResponse:
    user_id = user_id_of(request)
    wallet = read_wallet(user_id)
    state = state_of(user_id)
    offered = None
    if form is not None and form.is_valid() and state.card and not state.card_is_expired:
        offered = consent.offer(user_id, form.terms, wallet)
    context = {
        "state": state,
        "wallet": wallet,
        "form": form if form is not None else TermsForm(initial=usual(state.auto, wallet.alert_below)),
        "offered": offered,
        "refusal": refusal,
        "is_offered": cards.is_offered(),
    }
    return render(request, "tokens/auto_top_up.html", context, status=status)


def _address() -> str:
    return redirect(PAGE).url
