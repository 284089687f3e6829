"""The first page of the back office: the figures of `tokens.reports.dashboard`, each leading to the rows behind it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.formats import date_format

from soulfra.backoffice.reports import may_see_reports
from tokens.models import Purchase
from tokens.money import format_money, to_decimal
from tokens.reports import ledger_check, waiting
from tokens.reports.dashboard import DAYS, Figures, Owed, Period, figures, liabilities, period_of
from tokens.web.admin.dates import moment
from tokens.wording import counted

LABELS = {1: "Today", 7: "7 days", 30: "30 days", 90: "90 days"}
PAID = ",".join(Purchase.PAID)


@dataclass(frozen=True)
class Card:
    """A figure with its name, and the list of the rows behind it."""

    name: str
    values: list[str]
    href: str
    note: str = ""
    is_alarming: bool = False


@dataclass(frozen=True)
class Chart:
    """The theme's chart, and the words for those who do not see it; the table beneath has the same numbers."""

    name: str
    data: str


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the theme asks for on its first page. Those who may not see reports get the plain list of models."""
    if not may_see_reports(request):
        return context
    try:
        period = period_of(int(request.GET.get("days", "30")))
    except ValueError:
        raise Http404("Choose 1, 7, 30 or 90 days.") from None
    found = figures(period)
    return {
        **context,
        "title": "Dashboard",
        "dashboard": True,
        "period": period,
        "choices": [{"days": days, "label": LABELS[days], "is_chosen": days == period.days} for days in DAYS],
        "money_cards": _money_cards(found),
        "token_cards": _token_cards(found),
        "standing_cards": [_owed_card(liabilities()), *_waiting_cards()],
        "charts": [_tokens_chart(found), *(_money_chart(found, currency) for currency in found.currencies)],
        "figures": found,
    }


def _money_cards(found: Figures) -> list[Card]:
    """Each currency stands by itself: there is no rate here at which they could be added."""
    period, orders = found.period, found.orders
    paid = {"status__in": PAID, "is_simulated__exact": "0", **_within(period, "completed_at")}
    percent = orders.conversion_percent
    asked = _rows("tokens_purchase", stripe_checkout_session_id__isnull="False", **_within(period, "created_at"))
    return [
        Card("Revenue", _amounts(found, "revenue"), _rows("tokens_purchase", **paid), "Net of refunds and disputes"),
        *_tax_cards(found, _rows("tokens_purchase", tax_cents__gt="0", **paid)),
        Card("Paid", _amounts(found, "taken"), _rows("tokens_purchase", **paid)),
        Card(
            "Refunded",
            _amounts(found, "refunded"),
            _rows("tokens_refund", status__in="requested,pending,succeeded", **_within(period, "created_at")),
        ),
        Card(
            "Disputed",
            _amounts(found, "charged_back"),
            _rows("tokens_dispute", **_within(period, "created_at")),
            "Disputes opened in this period",
        ),
        Card("Paying customers", [f"{orders.payers:,}"], _rows("tokens_purchase", paid_cents__gt="0", **paid)),
        Card(
            "Checkout conversion",
            ["–" if percent is None else f"{percent}%"],
            asked,
            f"{orders.paid:,} of {orders.asked:,}",
        ),
        Card(
            "Failed payments",
            [f"{orders.failed:,}"],
            _rows("tokens_purchase", status__exact="failed", **_within(period, "created_at")),
        ),
    ]


def _tax_cards(found: Figures, rows: str) -> list[Card]:
    """The tax within the money, where the shop collects any."""
    if not (settings.STRIPE_TAX or any(money.tax or money.tax_refunded for money in found.money.values())):
        return []
    moved = ", ".join(
        f"{format_money(money.tax, currency)} collected, {format_money(money.tax_refunded, currency)} refunded"
        for currency, money in found.money.items()
    )
    return [
        Card("Tax", _amounts(found, "tax_due"), rows, moved),
        Card("Revenue without tax", _amounts(found, "revenue_without_tax"), rows, "Revenue less tax"),
    ]


def _token_cards(found: Figures) -> list[Card]:
    period, tokens = found.period, found.tokens
    paid = {"status__in": PAID, **_within(period, "completed_at")}
    made = _within(period, "created_at")
    return [
        Card("Sold", [f"{tokens.sold:,}"], _rows("tokens_purchase", type__exact="tokens", **paid)),
        Card(
            "From memberships",
            [f"{tokens.allowed:,}"],
            _rows("tokens_purchase", type__exact="subscription", tokens__gt="0", **paid),
            "Monthly allowances",
        ),
        Card("Granted by staff", [f"{tokens.granted:,}"], _rows("tokens_grant", kind__exact="grant", **made)),
        Card("Spent", [f"{tokens.spent:,}"], _rows("tokens_tokenusage", status__exact="spent", **made)),
        Card(
            "Reversed",
            [f"{tokens.taken_back:,}"],
            _rows("tokens_ledgerentry", kind__in="reverse,restore", **made),
            "For refunds and disputes",
        ),
    ]


def _owed_card(amounts: list[Owed]) -> Card:
    values = [
        text for amount in amounts for text in (f"{amount.tokens:,}", format_money(amount.cents, amount.currency))
    ]
    return Card("Outstanding tokens", values or ["0"], _rows("tokens_lot", remaining__gt="0"), "Deferred revenue")


def _waiting_cards() -> list[Card]:
    events, emails = waiting.failed_events().count(), waiting.undelivered_emails().count()
    asked, grants = waiting.refund_requests().count(), waiting.grant_requests().count()
    disputes = waiting.disputes().count()
    evidence = {"status__in": ",".join(waiting.ASKS_FOR_EVIDENCE)}
    cards = [
        Card("Failed events", [f"{events:,}"], _rows("tokens_stripeevent", status__exact="failed"), "", events > 0),
        Card(
            "Refunds to approve", [f"{asked:,}"], _rows("tokens_refundrequest", status__exact="waiting"), "", asked > 0
        ),
        Card(
            "Grants to approve", [f"{grants:,}"], _rows("tokens_grantrequest", status__exact="waiting"), "", grants > 0
        ),
        Card("Disputes to answer", [f"{disputes:,}"], _rows("tokens_dispute", **evidence), "", disputes > 0),
        Card("Undelivered emails", [f"{emails:,}"], _rows("tokens_mail", status__exact="given_up"), "", emails > 0),
    ]
    return [*cards, _reconciliation_card(), _ledger_card()]


def _reconciliation_card() -> Card:
    last = waiting.last_reconciliation()
    if last is None:
        return Card("Last reconciliation", ["Never"], _rows("tokens_reconciliation"))
    at = moment(last.started_at)
    found = (
        f"{last.repaired:,} fixed, {last.unrepaired:,} open" if last.repaired or last.unrepaired else "No differences"
    )
    page = reverse("admin:tokens_reconciliation_change", args=[last.pk])
    return Card("Last reconciliation", [at], page, f"UTC. {found}", last.unrepaired > 0)


def _ledger_card() -> Card:
    """What the daily check of the ledger says. A disagreement counts as soon as it is found."""
    known, checks = ledger_check.known(), _rows("tokens_ledgercheck")
    if known.findings:
        return Card("Ledger check", [counted(known.findings, "disagreement")], checks, "The report names each", True)
    if known.last is None or known.last.finished_at is None:
        return Card("Ledger check", ["Not yet"], checks)
    return Card("Ledger check", ["Correct"], checks, f"{moment(known.last.finished_at)} UTC")


def _amounts(found: Figures, name: str) -> list[str]:
    return [format_money(getattr(money, name), currency) for currency, money in found.money.items()]


def _tokens_chart(found: Figures) -> Chart:
    sold = {"label": "Sold", "data": [step.tokens.sold for step in found.steps], **_bars("--color-primary-600")}
    spent = {"label": "Spent", "data": [step.tokens.spent for step in found.steps], **_bars("--color-orange-500")}
    return Chart("Tokens sold (bars) and spent (line)", _data(found, [sold, {**spent, "type": "line"}]))


def _money_chart(found: Figures, currency: str) -> Chart:
    # As text, which the chart reads as numbers: money is never a float here.
    amounts = [str(to_decimal(step.revenue[currency], currency)) for step in found.steps]
    dataset = {"label": "Revenue", "data": amounts, **_bars("--color-primary-600")}
    return Chart(f"Revenue, {currency.upper()}", _data(found, [dataset]))


def _bars(colour: str) -> dict[str, Any]:
    return {"backgroundColor": f"var({colour})", "borderColor": f"var({colour})", "displayYAxis": True}


def _data(found: Figures, datasets: list[dict[str, Any]]) -> str:
    shown = "TIME_FORMAT" if found.period.days == 1 else "MONTH_DAY_FORMAT"
    labels = [date_format(step.at, shown) for step in found.steps]
    datasets[0]["maxTicksXLimit"] = 10
    return json.dumps({"labels": labels, "datasets": datasets})


def _within(period: Period, name: str) -> dict[str, str]:
    return {f"{name}__gte": f"{period.start:%Y-%m-%d %H:%M:%S%z}", f"{name}__lt": f"{period.end:%Y-%m-%d %H:%M:%S%z}"}


def _rows(model: str, **filters: str) -> str:
    address = reverse(f"admin:{model}_changelist")
    return f"{address}?{urlencode(filters)}" if filters else address
