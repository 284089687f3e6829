"""The sidebar: every registered model in its group, shown to those who may see it, with a count of what waits there."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from soulfra.backoffice.reports import may_see_reports
from tokens.reports import waiting

# Models by label, each with its icon; what is in no group is listed under the last one.
GROUPS: dict[str, dict[str, str]] = {
    "Customers": {
        "accounts.User": "person",
        "accounts.ApiKey": "key",
        "account.EmailAddress": "alternate_email",
        "mfa.Authenticator": "phonelink_lock",
        "tokens.Mail": "mail",
        "tokens.MutedMail": "notifications_off",
        "tokens.StaffNote": "sticky_note_2",
        "tokens.StaffAct": "history_edu",
    },
    "Money": {
        "tokens.Purchase": "shopping_cart",
        "tokens.Refund": "undo",
        "tokens.RefundRequest": "approval",
        "tokens.Dispute": "gavel",
        "tokens.AutoTopUp": "autorenew",
        "tokens.TopUp": "add_card",
        "tokens.TopUpConsent": "task_alt",
    },
    "Tokens": {
        "tokens.Wallet": "wallet",
        "tokens.LedgerEntry": "receipt_long",
        "tokens.Lot": "inventory_2",
        "tokens.TokenUsage": "bolt",
        "tokens.Grant": "redeem",
        "tokens.GrantBatch": "group_add",
        "tokens.GrantRequest": "approval_delegation",
        "tokens.Posting": "post_add",
        "tokens.Reversal": "settings_backup_restore",
        "tokens.SpendReversal": "keyboard_return",
        "tokens.IdempotencyKey": "fingerprint",
        "tokens.PurchaseTotal": "shopping_bag",
        "tokens.UsageTotal": "query_stats",
        "tokens.DailyTotal": "calendar_month",
        "tokens.HourlyTotal": "schedule",
        "tokens.HourClosing": "lock_clock",
        "tokens.LedgerCheck": "fact_check",
    },
    "Memberships": {
        "memberships.Membership": "card_membership",
        "memberships.Subscription": "autorenew",
        "memberships.Invoice": "request_quote",
        "memberships.Gift": "card_giftcard",
    },
    "Domains": {
        "brands.Brand": "language",
        "brands.Analysis": "analytics",
        "brands.CsvImport": "upload_file",
        "brands.Export": "download",
    },
    "Stripe": {
        "tokens.StripeEvent": "webhook",
        "tokens.StripeCustomer": "badge",
        "tokens.Reconciliation": "balance",
        "memberships.PlanPrice": "sell",
    },
    "Settings": {
        "tokens.TokenPackage": "package_2",
        "tokens.ActionCost": "toll",
        "memberships.Plan": "workspace_premium",
        "brands.Category": "category",
        "auth.Group": "groups",
        "admin.LogEntry": "history",
    },
}
WAITING = {
    "tokens.StripeEvent": waiting.failed_events,
    "tokens.RefundRequest": waiting.refund_requests,
    "tokens.GrantRequest": waiting.grant_requests,
    "tokens.Refund": waiting.unclear_refunds,
    "tokens.Dispute": waiting.disputes_for_staff,
}


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups as the theme wants them; one count for each kind of waiting that this member of staff may see."""
    seen = _models_seen_by(request)
    first = _item("Dashboard", "dashboard", reverse("admin:index"))
    groups: list[dict[str, Any]] = [{"title": "", "items": [first]}]
    for title, icons in GROUPS.items():
        items = [item for label, icon in icons.items() if label in seen for item in _items_of(seen.pop(label), icon)]
        if title == "Money" and may_see_reports(request):
            items.append(_item("Month end", "calendar_month", reverse("backoffice:month_end")))
        groups.append({"title": title, "items": items})
    groups[-1]["items"] += [_item_of(model, "data_object") for model in seen.values()]
    return [{**group, "collapsible": False} for group in groups if group["items"]]


def _models_seen_by(request: HttpRequest) -> dict[str, Any]:
    pages = admin.site._registry.items()
    return {model._meta.label: model for model, page in pages if page.has_view_permission(request)}


def _items_of(model: Any, icon: str) -> list[dict[str, Any]]:
    """Accounts are of two kinds, each with a list of its own."""
    if model is not User:
        return [_item_of(model, icon)]
    accounts = reverse("admin:accounts_user_changelist")
    return [
        _item("Customers", icon, f"{accounts}?is_staff__exact=0"),
        _item("Team", "badge", f"{accounts}?is_staff__exact=1"),
    ]


def _item_of(model: Any, icon: str) -> dict[str, Any]:
    options = model._meta
    address = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
    name = str(options.verbose_name_plural)
    return _item(name[:1].upper() + name[1:], icon, address, _count(WAITING.get(options.label)))


def _item(title: str, icon: str, link: str, badge: str = "") -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": link, "badge": badge, "badge_variant": "danger"}


def _count(rows: Any) -> str:
    found: QuerySet[Any] | None = rows() if rows else None
    return str(found.count() or "") if found is not None else ""
