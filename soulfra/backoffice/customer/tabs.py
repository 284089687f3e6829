"""The tabs of the customer page: each a list of the customer's rows, newest first, read by keyset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator

from accounts.models import ApiKey
from brands.models import Brand
from brands.names import for_people
from tokens.models import (
    Dispute,
    Grant,
    LedgerEntry,
    Mail,
    Posting,
    Purchase,
    Refund,
    Reversal,
    SpendReversal,
    StaffAct,
    StaffNote,
    TokenUsage,
    TopUp,
)
from tokens.money import format_money
from tokens.staff.refunding import REFUND
from tokens.web.admin.amounts import paid_of, price_of, reversed_of
from tokens.web.admin.causes import causes_of
from tokens.web.admin.dates import moment
from tokens.web.admin.links import named_link, row_link
from tokens.web.admin.stripe_links import AS_A_LINK, at_stripe
from tokens.web.keyset import start_of_page

PAGE = 25
EXPIRED = "Expired"

Row = Any


@dataclass(frozen=True)
class Tab:
    """`rows` gives the customer's rows, `cells` what is shown of one, under `headers`, behind when it was made.

    `needs` is a permission. `beside` reads what a page's rows need besides, and `cells` is given it. `order` is the
    column that is larger the newer a row is, for which there is an index of each customer's rows.
    """

    label: str
    needs: str
    headers: list[str]
    rows: Callable[[int], QuerySet[Any]]
    cells: Callable[..., list[Any]]
    beside: Callable[[list[Row]], Any] | None = None
    order: str = "pk"

    def lines(self, page: list[Row]) -> list[list[Any]]:
        """The cells of a page's rows."""
        if self.beside is None:
            return [self.cells(row) for row in page]
        beside = self.beside(page)
        return [self.cells(row, beside) for row in page]


@dataclass(frozen=True)
class BesideEntries:
    """The rows that brought entries about, by kind and ID; balances after postings, by the number of the last usage."""

    causes: dict[tuple[str, int], Any]
    balances: dict[int, int]


def beside_entries(entries: list[LedgerEntry]) -> BesideEntries:
    """For entries of one customer; a statement for each kind of cause, and one for the balances."""
    causes = causes_of(entries)
    postings = [cause for cause in causes.values() if isinstance(cause, Posting)]
    if not postings:
        return BesideEntries(causes, {})
    user_id, numbers = postings[0].wallet_id, [posting.last_number for posting in postings]
    usages = TokenUsage.objects.for_user(user_id).filter(number__in=numbers)
    return BesideEntries(causes, dict(usages.values_list("number", "balance_after")))


def entry_cells(entry: LedgerEntry, beside: BesideEntries) -> list[Any]:
    """A row of the tab Statement, in the order of its headings. The balance is empty where it stayed as it was."""
    cause = beside.causes[entry.cause_kind, entry.cause_id]
    because = named_link(f"{_because(cause)} ({cause._meta.verbose_name} {cause.pk})", cause)
    balance = beside.balances[cause.last_number] if isinstance(cause, Posting) else entry.balance_after
    after = "" if balance is None else f"{balance:,}"
    return [entry.get_kind_display(), f"{entry.tokens:+,}", after, because, row_link(entry.lot)]


def _because(cause: Any) -> str:
    """Why the balance changed, in words for someone on the phone."""
    if isinstance(cause, TokenUsage):
        return f"{cause.action} {_domain(cause)}".strip()
    if isinstance(cause, Grant):
        return Truncator(cause.reason).chars(60)
    if isinstance(cause, Reversal):
        return f"Reversal of {cause.purchase.description}"
    if isinstance(cause, SpendReversal):
        return f"Reversed: {Truncator(cause.reason).chars(60)}"
    if isinstance(cause, Posting):
        return cause.of_usages
    return cause.description if isinstance(cause, Purchase) else EXPIRED


def purchase_cells(purchase: Purchase) -> list[Any]:
    """A row of the tab Purchases, in the order of its headings."""
    money = [paid_of(purchase), price_of(purchase), reversed_of(purchase)]
    status = f"{purchase.get_status_display()}{', fraud warning' if purchase.fraud_warning_at else ''}"
    return [named_link(purchase.description, purchase), *money, f"{purchase.tokens:,}", status]


def top_up_cells(top_up: TopUp) -> list[Any]:
    """A row of the tab Automatic top-ups, in the order of its headings."""
    purchase = named_link(top_up.purchase.description, top_up.purchase)
    next_try = moment(top_up.next_try_at)
    return [
        purchase,
        top_up.get_status_display(),
        top_up.declines,
        next_try,
        top_up.last_error,
        row_link(top_up.consent),
    ]


def refund_cells(refund: Refund) -> list[Any]:
    """A row of the tab Refunds, in the order of its headings."""
    by = refund.by or refund.get_source_display()
    return [
        named_link(refund.in_words, refund),
        row_link(refund.purchase),
        refund.get_status_display(),
        refund.reason,
        by,
    ]


def dispute_cells(dispute: Dispute) -> list[Any]:
    """A row of the tab Disputes, in the order of its headings."""
    money = named_link(format_money(dispute.amount_cents, dispute.currency), dispute)
    status = f"{dispute.status}, needs amount" if dispute.unclear else dispute.status
    return [money, status, moment(dispute.evidence_due_at), at_stripe("disputes", dispute.stripe_id)]


def usage_cells(usage: TokenUsage) -> list[Any]:
    """A row of the tab Usage, in the order of its headings."""
    back = f" ({usage.tokens_reversed:,} reversed)" if usage.tokens_reversed else ""
    tokens = f"{usage.tokens_spent:,}{back}"
    return [named_link(usage.action, usage), tokens, usage.get_status_display(), _domain(usage)]


def brand_cells(brand: Brand) -> list[Any]:
    """A row of the tab Domains, in the order of its headings."""
    is_test = "test" if brand.is_test else ""
    return [row_link(brand), brand.get_tier_display(), brand.get_paid_by_display(), is_test]


def _domain(usage: TokenUsage) -> str:
    """The domain it was spent on, as people write it; empty when the caller gave none."""
    return str(for_people(usage.metadata.get("domain", ""))) if isinstance(usage.metadata, dict) else ""


TABS: dict[str, Tab] = {
    "statement": Tab(
        "Statement",
        "tokens.view_ledgerentry",
        ["Type", "Tokens", "Balance after", "Description", "Credit block"],
        lambda user: LedgerEntry.objects.filter(wallet=user).select_related("lot"),
        entry_cells,
        beside_entries,
    ),
    "purchases": Tab(
        "Purchases",
        "tokens.view_purchase",
        ["Description", "Paid", "List price", "Reversed", "Tokens", "Status"],
        lambda user: Purchase.objects.for_user(user),
        purchase_cells,
    ),
    "top_ups": Tab(
        "Automatic top-ups",
        "tokens.view_topup",
        ["Purchase", "Status", "Declines", "Next attempt", "Error", "Consent"],
        lambda user: TopUp.objects.filter(user=user).select_related("purchase", "consent"),
        top_up_cells,
    ),
    "refunds": Tab(
        "Refunds",
        "tokens.view_refund",
        ["Amount", "Purchase", "Status", "Reason", "By"],
        lambda user: Refund.objects.filter(user=user).select_related("purchase", "by"),
        refund_cells,
    ),
    "disputes": Tab(
        "Disputes",
        "tokens.view_dispute",
        ["Amount", "Status", "Evidence due", "Stripe ID"],
        lambda user: Dispute.objects.filter(user=user).select_related("purchase"),
        dispute_cells,
    ),
    "usage": Tab(
        "Usage",
        "tokens.view_tokenusage",
        ["Action", "Tokens", "Status", "Domain"],
        lambda user: TokenUsage.objects.for_user(user).with_reversed(),
        usage_cells,
        order="number",
    ),
    "domains": Tab(
        "Domains",
        "brands.view_brand",
        ["Domain", "Tier", "Paid by", ""],
        lambda user: Brand.objects.of(user),
        brand_cells,
    ),
    "keys": Tab(
        "API keys",
        "accounts.view_apikey",
        ["Key", "State", "Last used"],
        lambda user: ApiKey.objects.for_user(user),
        lambda key: [row_link(key), key.state.label, moment(key.last_used_at)],
    ),
    "notes": Tab(
        "Internal notes",
        "tokens.view_staffnote",
        ["Note", "By"],
        lambda user: StaffNote.objects.filter(user=user).select_related("by"),
        lambda note: [note.text, note.by],
    ),
    "mails": Tab(
        "Emails",
        "tokens.view_mail",
        ["Subject", "Status", "To", "Error"],
        lambda user: Mail.objects.filter(user=user).defer("text", "html"),
        lambda mail: [named_link(mail.heading, mail), mail.get_status_display(), mail.address, mail.last_error],
    ),
    "acts": Tab(
        "Activity",
        "tokens.view_staffact",
        ["By", "Action", "Object", "Reason", "Note"],
        lambda user: StaffAct.objects.filter(user=user).select_related("by"),
        lambda act: [act.by, act.action, act.subject, act.reason, act.note],
    ),
}


def open_tab(request: HttpRequest, user_id: int) -> dict[str, Any]:
    """The tabs this member of staff may see, and a page of the one that is asked for (`?tab=`, `?before=<order>`)."""
    seen = {key: tab for key, tab in TABS.items() if request.user.has_perm(tab.needs)}
    key = request.GET.get("tab", "statement")
    if key not in seen:
        key = next(iter(seen), "")
    names = [{"key": name, "label": tab.label, "active": name == key} for name, tab in seen.items()]
    if not key:
        return {"tabs": [], "table": {"headers": [], "rows": []}}
    page, next_before = _page(seen[key], user_id, request.GET.get("before"))
    lines = seen[key].lines(page)
    rows = [[moment(row.created_at), *cells] for row, cells in zip(page, lines, strict=True)]
    headers = ["When (UTC)", *seen[key].headers]
    if key == "purchases" and request.user.has_perm(REFUND):
        headers.append("Action")
        rows = [[*cells, _refund_link(row)] for cells, row in zip(rows, page, strict=True)]
    return {"tabs": names, "tab": key, "table": {"headers": headers, "rows": rows}, "next_before": next_before}


def _page(tab: Tab, user_id: int, before: str | None) -> tuple[list[Row], int | None]:
    rows = tab.rows(user_id).order_by(f"-{tab.order}")
    if before is not None:
        rows = rows.filter(**{f"{tab.order}__lt": start_of_page(before)})
    page = list(rows[: PAGE + 1])
    return page[:PAGE], getattr(page[PAGE - 1], tab.order) if len(page) > PAGE else None


def _refund_link(purchase: Purchase) -> str:
    if not purchase.is_paid or purchase.is_simulated:
        return ""
    address = reverse("admin:tokens_purchase_refund", args=[purchase.pk])
    return format_html('<a class="{}" href="{}">Refund</a>', AS_A_LINK, address)
