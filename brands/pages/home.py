"""The domain page: what there is, what the next domain costs, and what can be done with many at once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from brands.analysis.engines import is_rule_based
from brands.choosing import Chosen, choose
from brands.errors import BadChoice
from brands.models import Brand
from brands.models.brand import BrandQuerySet
from brands.pages.forms import AddForm, ExportForm, FilterForm
from brands.pages.widget import widget_of
from tokens.errors import NoSuchPage
from tokens.unkeepable import is_keepable
from tokens.web.caller import user_id_of
from tokens.web.keyset import start_of_page

PAGE = 50
KEPT = ("q", "tier", "category", "type", "is_test", "sort", "after")
ORDERS = {"newest": ("pk", "-"), "oldest": ("pk", ""), "name": ("name", ""), "domain": ("domain", "")}


@dataclass(frozen=True)
class Page:
    """Some of the brands, in an order; `next_url` leads to those that follow."""

    brands: list[Brand]
    next_url: str


@never_cache  # the export form in it is good for one export
@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The user's domains, filtered and sorted by the query string, with the forms to add and export."""
    return show(request, AddForm())


def show(request: HttpRequest, add_form: AddForm, *, status: int = 200) -> HttpResponse:
    """The page, with the form for one more domain as it was filled in."""
    user_id, asked = user_id_of(request), request.GET
    chosen = chosen_by(asked)
    found = chosen.brands(user_id)
    context: dict[str, Any] = {
        "widget": widget_of(user_id),
        "is_rule_based": is_rule_based(),
        "add_form": add_form,
        "filter_form": FilterForm(asked or None),
        "export_form": ExportForm(initial={**chosen.as_json(), "form_key": secrets.token_urlsafe(24)}),
        "chosen": chosen,
        "found": found.count() if chosen else None,
        "page": page_of(found, asked),
        "all_ticked": asked.get("tick") == "all",
        "tick_url": _with(asked, tick="all"),
        "is_first_page": "after" not in asked,
        "shown": _with(asked)[1:],
    }
    return render(request, "brands/home.html", context, status=status)


def chosen_by(asked: QueryDict) -> Chosen:
    """The filters in an address or a form. Raises BadChoice."""
    return choose(**{name: asked.get(name, "") for name in ("tier", "category", "type", "is_test", "q")})


def page_of(brands: BrandQuerySet, asked: QueryDict) -> Page:
    """`?sort=` and, from the second page on, `?after=` the last row: any page costs the same.

    Raises BadChoice for an order that there is not, NoSuchPage.
    """
    sort = asked.get("sort") or "newest"
    if sort not in ORDERS:
        raise BadChoice(f"Unknown order “{sort[:60]}”. Use: {', '.join(ORDERS)}.")
    field, sign = ORDERS[sort]
    after = asked.get("after")
    if after is not None:
        pk, _, value = after.partition("~")
        if not is_keepable(value):
            raise NoSuchPage
        side = "lt" if sign else "gt"
        later = Q(**{f"pk__{side}": start_of_page(pk)})
        brands = brands.filter(later if field == "pk" else Q(**{f"{field}__gt": value}) | Q(**{field: value}) & later)
    order = [f"{sign}pk"] if field == "pk" else [field, "pk"]
    rows = list(brands.select_related("category").order_by(*order)[: PAGE + 1])
    has_more, rows = len(rows) > PAGE, rows[:PAGE]
    if not has_more:
        return Page(rows, "")
    last = rows[-1]
    return Page(rows, _with(asked, after=f"{last.pk}~{'' if field == 'pk' else getattr(last, field)}"))


def _with(asked: QueryDict, **more: str) -> str:
    kept = {name: asked[name] for name in KEPT if asked.get(name)}
    return f"?{urlencode({**kept, **more})}"
