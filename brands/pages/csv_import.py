"""One CSV import from its quote to its result, on one page that may be loaded again at any time."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import InvalidPage, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from brands.bulk_import.explained import parts_of, plan_units, skipped_in_words, total_of
from brands.bulk_import.proof import as_json, proof_of
from brands.bulk_import.rows import Row, Verdict
from brands.bulk_import.skipped import PAGE, skipped_rows
from brands.bulk_import.start import find, quote_of
from brands.bulk_import.start import start as start_import
from brands.errors import BadChoice
from brands.models import CsvImport
from brands.pages import shortage
from memberships.current import get_membership
from tokens.errors import NoSuchPage
from tokens.ledger.wallet import get_token_balance, read_wallet
from tokens.web import limits
from tokens.web.caller import user_id_of
from tokens.web.keyset import start_of_page
from tokens.web.redirects import SeeOther, sent_from

WORDS = {
    Verdict.NEW: "New",
    Verdict.DUPLICATE: "Duplicate",
    Verdict.ALREADY_YOURS: "Already yours",
    Verdict.INVALID: "Invalid",
}


@never_cache
@require_safe
@login_required
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """An import of the user's in its present state: preview, progress, or result. 404 for another's."""
    csv_import = find(user_id_of(request), pk)
    if csv_import.status == CsvImport.Status.QUOTED:
        limits.count(request, limits.PREVIEWS)
        return render(request, "brands/csv_quote.html", _quote(request, csv_import))
    if not csv_import.is_over:
        return render(request, "brands/csv_progress.html", {"csv_import": csv_import})
    return render(request, "brands/csv_result.html", _result(request, csv_import))


@sent_from("brands:csv_import")
def start(request: HttpRequest, pk: UUID) -> HttpResponse:
    """POST starts a previewed import and leads to its progress. 402 when it can't be paid for, 409 when out of date."""
    started = start_import(find(user_id_of(request), pk))
    return SeeOther(reverse("brands:csv_import", args=[started.pk]))


@never_cache
@require_safe
@login_required
def proof(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The verification file (JSON) of an import, as a download. 404 for another's."""
    found = proof_of(find(user_id_of(request), pk))
    stem = "".join(char for char in PurePath(found["file"]).stem if char.isalnum() or char in " -_.") or "domains"
    name = f"{stem}.{found['check']}.json"
    response = HttpResponse(as_json(found), content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response


def _quote(request: HttpRequest, csv_import: CsvImport) -> dict[str, Any]:
    quote, user_id = quote_of(csv_import), csv_import.user_id
    shown = request.GET.get("show", "")
    if shown and shown not in quote.counts:
        raise BadChoice(f"Unknown kind of row “{shown[:60]}”. Use: {', '.join(quote.counts)}.")
    rows = [row for row in quote.rows if not shown or row.verdict == shown]
    payment = quote.payment
    return {
        "csv_import": csv_import,
        "quote": quote,
        "payment": payment,
        "total": total_of(quote),
        "parts": parts_of(quote),
        "units": plan_units(quote),
        "skipped": skipped_in_words(quote),
        "left": payment.balance - payment.tokens,
        "short": shortage.of_import(user_id, read_wallet(user_id), payment, quote.price),
        "membership": get_membership(user_id),
        "kinds": [(kind, WORDS[Verdict(kind)], count) for kind, count in quote.counts.items() if count],
        "shown": shown,
        **_page_of(rows, request.GET.get("page", "1"), shown),
    }


def _page_of(rows: list[Row], number: str, shown: str) -> dict[str, Any]:
    """One page of rows, and the addresses of those beside it."""
    try:
        page = Paginator(_with_words(rows), PAGE).page(number)
    except InvalidPage:
        raise NoSuchPage from None
    address = f"?{urlencode({'show': shown})}&page="
    return {
        "page": page,
        "position": f"Page {page.number} of {page.paginator.num_pages}",
        "previous_url": f"{address}{page.previous_page_number()}" if page.has_previous() else None,
        "next_url": f"{address}{page.next_page_number()}" if page.has_next() else None,
    }


def _with_words(rows: list[Row]) -> list[tuple[Row, str]]:
    return [(row, WORDS[row.verdict]) for row in rows]


def _result(request: HttpRequest, csv_import: CsvImport) -> dict[str, Any]:
    after = request.GET.get("after")
    rows = skipped_rows(csv_import, after=0 if after is None else start_of_page(after))
    return {
        "csv_import": csv_import,
        "balance": get_token_balance(csv_import.user_id),
        "errors": rows[:PAGE],
        "previous_url": "?" if after is not None else None,
        "next_url": f"?after={rows[PAGE - 1].line}#skipped" if len(rows) > PAGE else None,
    }
