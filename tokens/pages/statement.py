"""The statement: a month at a time, as a page, a CSV file, or to be printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tokens.csv_cells import writer_to
from tokens.errors import UnknownKind, UnknownMonth
from tokens.ledger.wallet import read_wallet
from tokens.money import to_decimal
from tokens.reports.statement.folding import fold
from tokens.reports.statement.lines import Kind, Line
from tokens.reports.statement.read import all_lines, read_statement
from tokens.web import statement_marks
from tokens.web.caller import user_id_of
from tokens.web.echo import Echo

PAGE = 200  # lines, most of them folded
MOST_PRINTED = 5000
EARLIEST = 2000
COLUMNS = ("id", "at", "kind", "description", "tokens", "balance_after", "amount", "currency", "reference")


@dataclass(frozen=True)
class Month:
    """One month in UTC."""

    year: int
    month: int

    @classmethod
    def of(cls, at: datetime) -> Month:
        return cls(at.astimezone(UTC).year, at.astimezone(UTC).month)

    @classmethod
    def read(cls, text: str) -> Month:
        """Such as “2026-11”. Raises UnknownMonth."""
        if not re.fullmatch("[0-9]{4}-(0[1-9]|1[0-2])", text) or not EARLIEST <= int(text[:4]) <= 9000:
            raise UnknownMonth(text, earliest=EARLIEST)
        return cls(int(text[:4]), int(text[5:]))

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def since(self) -> datetime:
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def next(self) -> Month:
        return self.moved(1)

    @property
    def previous(self) -> Month:
        return self.moved(-1)

    @property
    def until(self) -> datetime:
        return self.next.since

    def moved(self, months: int) -> Month:
        """So many months later."""
        number = self.year * 12 + self.month - 1 + months
        return Month(number // 12, number % 12 + 1)


@never_cache
@require_safe
@login_required
def statement(request: HttpRequest) -> HttpResponse:
    """One month's lines, the newest first, with the balances at its beginning and end."""
    month, kind = _month(request), _kind(request)
    after = statement_marks.mark_of(request.GET["after"]) if "after" in request.GET else None
    found = read_statement(
        user_id_of(request), since=month.since, until=month.until, kind=kind, limit=PAGE, after=after
    )
    asked = {"month": str(month)} | ({"kind": kind} if kind else {})
    following = found.next and {**asked, "after": statement_marks.text_of(found.next)}
    context = _figures(found.opening_balance, found.closing_balance) | {
        "month": month,
        "months": _months(user_id_of(request), month),
        "kind": kind,
        "kinds": Kind.choices,
        "kind_name": Kind(kind).label if kind else "",
        "groups": fold(found.lines),
        "asked": urlencode(asked),
        "is_current": month == Month.of(timezone.now()),
        "next_url": f"?{urlencode(following)}" if following else None,
        "is_first_page": after is None,
    }
    return render(request, "tokens/statement.html", context)


@never_cache
@require_safe
@login_required
def print_statement(request: HttpRequest) -> HttpResponse:
    """One month to be printed or kept as a PDF, with the details of shop and customer."""
    month = _month(request)
    found = read_statement(user_id_of(request), since=month.since, until=month.until, limit=MOST_PRINTED)
    context = _figures(found.opening_balance, found.closing_balance) | {
        "month": month,
        "lines": found.lines,
        "is_cut": found.next is not None,
        "shop_name": settings.SITE_NAME,
        "shop_url": settings.SITE_URL,
        "shop_email": settings.SUPPORT_EMAIL,
        "shop_address": [part.strip() for part in settings.SHOP_ADDRESS.split(";") if part.strip()],
        "now": timezone.now(),
    }
    return render(request, "tokens/statement_print.html", context)


@never_cache
@require_safe
@login_required
def statement_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Every line of a month, or of all time without one, sent as it is read."""
    month = _month(request) if "month" in request.GET else None
    since, until = (month.since, month.until) if month else (None, None)
    lines = all_lines(user_id_of(request), since=since, until=until, kind=_kind(request))
    name = f"statement-{month or 'all'}.csv"
    return StreamingHttpResponse(
        csv_of(lines),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def csv_of(lines: Iterator[Line]) -> Iterator[str]:
    """The lines as CSV, with a heading."""
    write = writer_to(Echo())
    yield str(write(COLUMNS))
    for line in lines:
        amount = "" if line.amount_cents is None else to_decimal(line.amount_cents, str(line.currency))
        cells = (line.id, line.at.astimezone(UTC).isoformat(timespec="seconds"), line.kind.value, line.description)
        yield str(write((*cells, line.tokens, line.balance_after, amount, line.currency or "", line.reference)))


def _figures(opening: int, closing: int) -> dict[str, Any]:
    return {"opening_balance": opening, "closing_balance": closing, "change": closing - opening}


def _month(request: HttpRequest) -> Month:
    text = request.GET.get("month", "")
    return Month.read(text) if text else Month.of(timezone.now())


def _kind(request: HttpRequest) -> str | None:
    kind = request.GET.get("kind", "")
    if kind and kind not in Kind.values:
        raise UnknownKind(kind[:40], Kind.values)
    return kind or None


def _months(user_id: int, shown: Month) -> list[Month]:
    """The months to choose from, the newest first: since the wallet was made, and the one that is shown."""
    now = Month.of(timezone.now())
    made = read_wallet(user_id).created_at
    oldest = min(Month.of(made) if made else now, now, key=str)
    months = [now]
    while months[-1] != oldest:
        months.append(months[-1].previous)
    return months if shown in months else sorted([*months, shown], key=str, reverse=True)
