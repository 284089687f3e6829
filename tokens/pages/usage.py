"""Usage over time: a chart and tables of what was spent, and the spends themselves, filtered alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tokens.catalog import Catalog, get_catalog
from tokens.csv_cells import writer_to
from tokens.errors import BadFilter
from tokens.models import TokenUsage
from tokens.pages.charts import SERIES, Chart, Column, chart_of
from tokens.pages.history import PAGE, newest_first
from tokens.pages.labels import with_labels
from tokens.pages.usage_forms import UsageForm
from tokens.reports.spends_list import page_of_spends, spends_in
from tokens.reports.usage_over_time import Sum, spent_over_time
from tokens.web.caller import user_id_of
from tokens.web.echo import Echo
from tokens.web.keyset import start_of_page

MOST_COLUMNS = 120
COARSER = {"day": "week", "week": "month"}
COLUMNS = ("id", "at", "action", "quantity", "tokens", "api_key", "metadata")
AT_A_TIME = 1000


@dataclass(frozen=True)
class Period:
    """A day, week or month with what was spent in it, by action and in all."""

    label: str
    figures: list[int]

    @property
    def tokens(self) -> int:
        return sum(self.figures)


@dataclass(frozen=True)
class Figures:
    """What was spent in each period and on each action, the most used first; `step` is day, week or month."""

    step: str
    actions: list[dict[str, Any]]
    periods: list[Period]
    chart: Chart
    tokens: int


@require_safe
@login_required
def usage(request: HttpRequest) -> HttpResponse:
    """The chart, its tables, and a page of spends; `?before=<number>` is the keyset of the spends."""
    user_id, catalog = user_id_of(request), get_catalog()
    form = UsageForm(request.GET, user_id=user_id, catalog=catalog)
    before = start_of_page(request.GET["before"]) if "before" in request.GET else None
    spends = page_of_spends(user_id, form.listed, before=before, limit=PAGE + 1)
    page, next_url = newest_first(request, spends, by="number")
    context = {
        "form": form,
        "figures": figures_of(user_id, form, catalog),
        "first": form.days[0],
        "last": form.days[1],
        "usages": with_labels(page, catalog),
        "next_url": next_url,
        "asked": _filters(request),
    }
    return render(request, "tokens/usage.html", context, status=200 if form.is_valid() else 400)


@never_cache
@require_safe
@login_required
def usage_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Every spend that the filters let through, sent as it is read. Raises BadFilter."""
    form = UsageForm(request.GET, user_id=user_id_of(request), catalog=get_catalog())
    if not form.is_valid():
        raise BadFilter({str(form[name].label): [str(each) for each in told] for name, told in form.errors.items()})
    rows = spends_in(user_id_of(request), form.listed)
    headers = {"Content-Disposition": 'attachment; filename="usage.csv"'}
    return StreamingHttpResponse(_csv_of(rows), content_type="text/csv; charset=utf-8", headers=headers)


def figures_of(user_id: int, form: UsageForm, catalog: Catalog) -> Figures:
    """What the chart shows: what the form asks for, in steps so large that there is room for all of them."""
    first, last = form.days
    step = form.step
    while len(_starts(first, last, step)) > MOST_COLUMNS and step in COARSER:
        step = COARSER[step]
    sums = spent_over_time(user_id, form.charted, ("day", "action"))
    actions = _actions(sums, catalog)
    place = {action: min(nth, SERIES - 1) for nth, action in enumerate(actions)}
    names = [row["label"] for row in actions.values()]
    if len(names) > SERIES:
        names[SERIES - 1 :] = ["Other actions"]
    figures = {start: [0] * len(names) for start in _starts(first, last, step)}
    for row in sums:
        figures[_start(max(first, date.fromisoformat(row.by[0])), step)][place[row.by[1]]] += row.tokens
    periods = [Period(_label(start, step), found) for start, found in figures.items()]
    shown = [{**row, "series": place[action]} for action, row in actions.items()]
    chart = chart_of([Column(period.label, period.figures) for period in periods], names)
    return Figures(step, shown, periods, chart, sum(row.tokens for row in sums))


def _actions(sums: list[Sum], catalog: Catalog) -> dict[str, dict[str, Any]]:
    """By action: its label, tokens, times and share, the most used first."""
    found: dict[str, tuple[int, int]] = {}
    for row in sums:
        tokens, count = found.get(row.by[1], (0, 0))
        found[row.by[1]] = tokens + row.tokens, count + row.times
    total = sum(tokens for tokens, _ in found.values())
    rows = {}
    for action, (tokens, count) in sorted(found.items(), key=lambda each: (-each[1][0], each[0])):
        share = round(100 * tokens / total)
        rows[action] = {"label": catalog.label(action), "tokens": tokens, "count": count, "percent": share}
    return rows


def _starts(first: date, last: date, step: str) -> list[date]:
    """The first day of each period from one day to another."""
    start, starts = _start(first, step), []
    while start <= last:
        starts.append(start)
        start = _start(start + timedelta(days={"day": 1, "week": 7, "month": 31}[step]), step)
    return starts


def _start(day: date, step: str) -> date:
    """The first day of the period that a day is in; weeks begin on Mondays."""
    if step == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if step == "week" else day


def _label(start: date, step: str) -> str:
    shown = date_format(start, "YEAR_MONTH_FORMAT" if step == "month" else "MONTH_DAY_FORMAT")
    return f"Week of {shown}" if step == "week" else shown


def _filters(request: HttpRequest) -> str:
    """The filters that were chosen, as an address says them, for links that keep them."""
    return urlencode([(name, value) for name, value in request.GET.items() if value and name != "before"])


def _csv_of(rows: QuerySet[TokenUsage]) -> Iterator[str]:
    write = writer_to(Echo())
    yield str(write(COLUMNS))
    page = list(rows.order_by("-number")[:AT_A_TIME])
    while page:
        for row in page:
            at = row.created_at.astimezone(UTC).isoformat(timespec="seconds")
            metadata = json.dumps(row.metadata, ensure_ascii=False)
            yield str(write((row.pk, at, row.action, row.quantity, row.tokens_spent, row.api_key or "", metadata)))
        page = list(rows.filter(number__lt=page[-1].number).order_by("-number")[:AT_A_TIME])
