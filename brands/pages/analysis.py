"""Analysing from the pages: one domain or many, and taking over what is suggested."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from brands.analysis.applying import apply_all as apply_all_suggestions
from brands.analysis.applying import apply_suggestion
from brands.analysis.engines import is_rule_based
from brands.analysis.quoting import quote_analyses
from brands.analysis.running import analyze, analyze_many
from brands.details import SUGGESTED
from brands.models import Analysis
from brands.pages import shortage
from brands.pages.analysis_panel import engine_shown, newest_of
from brands.pages.bulk import nothing, ticked
from tokens.ledger.wallet import get_token_balance, read_wallet
from tokens.web.caller import user_id_of
from tokens.web.keyset import row_id
from tokens.web.redirects import SeeOther, sent_from
from tokens.wording import counted


@sent_from("brands:detail")
def analyze_one(request: HttpRequest, pk: int) -> HttpResponse:
    """POST analyses one domain of the user's and leads back to its page. 404 for another's, 402 without the tokens."""
    analysis = analyze(user_id_of(request), pk, seen=row_id(request.POST.get("seen", "")))
    _tell(request, [analysis])
    return SeeOther(f"{reverse('brands:detail', args=[pk])}#analysis")


@sent_from("brands:detail")
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """POST saves one suggestion (`field`) of an analysis and leads back.

    404 for another's domain, 400 for bad values.
    """
    field = request.POST.get("field", "")
    apply_suggestion(user_id_of(request), pk, field, analysis_id=row_id(request.POST.get("analysis", "")))
    messages.success(request, f"{SUGGESTED[field]}: suggestion applied.")
    return SeeOther(f"{reverse('brands:detail', args=[pk])}#analysis")


@sent_from("brands:detail")
def apply_all(request: HttpRequest, pk: int) -> HttpResponse:
    """POST saves every suggestion of an analysis, all or none, and leads back; else as `apply`."""
    changed = apply_all_suggestions(user_id_of(request), pk, analysis_id=row_id(request.POST.get("analysis", "")))
    if changed:
        messages.success(request, f"{counted(len(changed), 'suggestion')} applied.")
    else:
        messages.info(request, "Every suggestion was applied already.")
    return SeeOther(f"{reverse('brands:detail', args=[pk])}#analysis")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def analyze_ticked(request: HttpRequest) -> HttpResponse:
    """First the price of all that are ticked; then, confirmed, all of them or none."""
    user_id, brands = user_id_of(request), list(ticked(request))
    if request.method != "POST" or not brands:
        return nothing(request)
    ids = [brand.pk for brand in brands]
    if "confirmed" not in request.POST:
        quote = quote_analyses(user_id, len(brands))
        context = {
            "brands": brands,
            "quote": quote,
            "short": shortage.of_price(quote.total, read_wallet(user_id)),
            "seen": newest_of(ids),
            "engine": engine_shown(),
            "is_rule_based": is_rule_based(),
        }
        return render(request, "brands/analyze.html", context)
    _tell(request, analyze_many(user_id, ids, seen=row_id(request.POST.get("seen", ""))))
    return SeeOther(reverse("brands:home"))


def _tell(request: HttpRequest, analyses: list[Analysis]) -> None:
    statuses = [analysis.status for analysis in analyses]
    done, failed = statuses.count(Analysis.Status.DONE), statuses.count(Analysis.Status.FAILED)
    under_way = len(statuses) - done - failed
    left = f"{counted(get_token_balance(user_id_of(request)), 'token')} left."
    if done:
        messages.success(request, f"{counted(done, 'domain')} analysed, {left}")
    if under_way:
        messages.success(request, f"{counted(under_way, 'domain')} being analysed, {left}")
    if failed:
        why = next(analysis.error for analysis in analyses if analysis.error)
        messages.error(request, f"{counted(failed, 'domain')} could not be analysed: {why}")
