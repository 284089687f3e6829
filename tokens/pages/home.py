"""The token page: the balance, the packs, what they buy, and where every token went.

It begins with what its reader came for: balance and statement for who has bought, packs for everybody else.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tokens.catalog import Catalog, Package, get_catalog
from tokens.ledger.limits import limits_of
from tokens.ledger.wallet import read_wallet
from tokens.models import Purchase
from tokens.pages.labels import with_labels
from tokens.purchases import credit_notes
from tokens.reports.coming import next_expiry, on_the_way
from tokens.reports.customer_totals import has_bought, purchase_totals, usage_breakdown
from tokens.reports.statement.folding import fold
from tokens.reports.statement.read import latest_lines
from tokens.top_up import saving
from tokens.top_up.reading import state_of
from tokens.web.caller import user_id_of
from tokens.wording import inside

LATEST = 10
LINES = 8  # of the statement


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The token page: balance, latest movements, packs, what an action costs, the latest purchases."""
    catalog = get_catalog()
    context = offer(catalog)
    if request.user.is_authenticated:
        context |= _account(user_id_of(request), catalog)
    return render(request, "tokens/home.html", context)


def offer(catalog: Catalog) -> dict[str, Any]:
    """Template context that is the same for everyone: packs, and what actions cost."""
    return {
        "packages": [card_of(package, catalog) for package in catalog.packages.values()],
        "costs": catalog.price_list,
    }


def card_of(package: Package, catalog: Catalog) -> dict[str, Any]:
    """Template context of a pack's card; prices are formatted."""
    buys = [{"label": inside(cost.label), "count": package.tokens // cost.tokens} for cost in catalog.price_list]
    return {**asdict(package), "per_token": package.per_token, "buys": buys}


def _account(user_id: int, catalog: Catalog) -> dict[str, Any]:
    totals, wallet = purchase_totals(user_id), read_wallet(user_id)
    purchases = list(Purchase.objects.for_user(user_id).order_by("-id")[:LATEST])
    credit_notes.read_with(purchases)
    return {
        "has_bought": has_bought(user_id),
        "card_sentence": saving.sentence(user_id),
        "wallet": wallet,
        "top_up": state_of(user_id) if wallet.top_up_below is not None else None,
        "limits": [limit for limit in limits_of(wallet, timezone.now()) if limit.limit is not None],
        "expiring": next_expiry(user_id),
        "on_the_way": on_the_way(user_id),
        "purchases": purchases,
        "groups": [group for line in latest_lines(user_id, LINES) for group in fold([line])],
        "usage_breakdown": with_labels(usage_breakdown(user_id), catalog),
        "total_purchased": totals.tokens,
        "total_spent_cents": totals.spent_cents,
    }
