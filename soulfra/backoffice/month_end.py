"""The month-end report as a page, and as the very file that the command prints."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from soulfra.backoffice.reports import report
from tokens.models import LedgerEntry
from tokens.reports.month_end import Report, month_end, month_named, write_csv


@report
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """`?month=2026-11`, this month without it; `&format=csv` is the file."""
    months = _months()
    month = _month_of(request.GET.get("month") or f"{months[0]:%Y-%m}")
    reports = month_end(month.year, month.month)
    if request.GET.get("format") == "csv":
        return _file(month, reports)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": "Month end",
        "month": month,
        "months": months,
        "reports": reports,
        "is_running": (month.year, month.month) == (months[0].year, months[0].month),
    }
    return render(request, "admin/backoffice/month_end.html", context)


def _month_of(text: str) -> date:
    try:
        return date(*month_named(text), 1)
    except ValueError:
        raise Http404("Send a month such as 2026-11.") from None


def _months() -> list[date]:
    """From this month back to that of the first entry."""
    first = LedgerEntry.objects.order_by("hour").values_list("hour", flat=True).first()
    now = datetime.now(UTC)
    year, month = (first.year, first.month) if first else (now.year, now.month)
    count = (now.year - year) * 12 + now.month - month + 1
    ends = [now.year * 12 + now.month - 1 - back for back in range(max(1, count))]
    return [date(end // 12, end % 12 + 1, 1) for end in ends]


def _file(month: date, reports: list[Report]) -> HttpResponse:
    name = f"month-end-{month:%Y-%m}.csv"
    answer = HttpResponse(
        content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
    write_csv(answer, reports)
    return answer
