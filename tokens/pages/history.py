"""Lists page by page from the newest: `?before=<number>` is the keyset, so any page costs the same."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tokens.models import Purchase
from tokens.purchases import credit_notes
from tokens.web.caller import user_id_of
from tokens.web.keyset import start_of_page

PAGE = 50


def newest_first(request: HttpRequest, rows: QuerySet[Any], *, by: str) -> tuple[list[Any], str | None]:
    """The page of rows that the request asks for, and the address of the next, with the same filters."""
    rows = rows.order_by(f"-{by}")
    if "before" in request.GET:
        rows = rows.filter(**{f"{by}__lt": start_of_page(request.GET["before"])})
    page = list(rows[: PAGE + 1])
    if len(page) <= PAGE:
        return page, None
    query = request.GET.copy()
    query["before"] = str(getattr(page[PAGE - 1], by))
    return page[:PAGE], f"?{query.urlencode()}"


@require_safe
@login_required
def purchases(request: HttpRequest) -> HttpResponse:
    """A page of the signed-in user's purchases."""
    page, next_url = newest_first(request, Purchase.objects.for_user(user_id_of(request)), by="id")
    credit_notes.read_with(page)
    return render(request, "tokens/purchases.html", {"purchases": page, "next_url": next_url})
