"""To Stripe's hosted page and back."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from tokens.catalog import get_catalog
from tokens.ledger.wallet import read_wallet
from tokens.models import Purchase, SavedCard
from tokens.pages.home import card_of
from tokens.purchases import checkout
from tokens.top_up import saving
from tokens.web import limits
from tokens.web.caller import buyer_of, user_id_of
from tokens.web.redirects import SeeOther, asks_first


@asks_first("package")
def purchase(request: HttpRequest) -> HttpResponse:
    """GET shows the pack that `?package=` names with a button; POST orders it and leads to its page at Stripe.

    400 for an unknown pack, 502 when Stripe fails.
    """
    if request.method != "POST":
        return _ask(request, request.GET.get("package", ""))
    limits.count(request, limits.STRIPE)
    user_id, package = user_id_of(request), request.POST.get("package", "")
    wish = saving.ticked(user_id, request.POST.get("save_card", ""))
    bought = checkout.open_checkout(user_id, package, buyer=buyer_of(request), card_wish=wish)
    return SeeOther(bought.checkout_url)


@require_safe
@login_required
def success(request: HttpRequest) -> HttpResponse:
    """Right whether the webhook came before, after or not at all: it asks Stripe through the same function."""
    limits.count(request, limits.STRIPE)
    session_id = request.GET.get("session_id", "")
    mine = Purchase.objects.for_user(user_id_of(request)).of_tokens().of_session(session_id).first()
    if mine is None:
        return render(request, "tokens/not_your_session.html", status=404)
    bought = checkout.refresh_if_possible(mine)
    context = {
        "purchase": bought,
        "card_wish": saving.look(bought),
        "saved_card": SavedCard.objects.of(user_id_of(request)),
        "wallet": read_wallet(user_id_of(request)),
        "costs": get_catalog().price_list,
    }
    return render(request, "tokens/success.html", context)


@require_safe
def cancel(request: HttpRequest) -> HttpResponse:
    """The page for a buyer who left Stripe's page; `?package=` names what was chosen."""
    package = get_catalog().packages.get(request.GET.get("package", ""))
    return render(request, "tokens/cancel.html", {"package": package, **_card_sentence(request)})


def _ask(request: HttpRequest, key: str) -> HttpResponse:
    """The one pack, for who chose it before signing in; without any, all of them."""
    if not key:
        return redirect("tokens:home")
    catalog = get_catalog()
    context = {"package": card_of(catalog.package(key), catalog), **_card_sentence(request)}
    return render(request, "tokens/buy.html", context)


def _card_sentence(request: HttpRequest) -> dict[str, str]:
    return {"card_sentence": saving.sentence(user_id_of(request))} if request.user.is_authenticated else {}
