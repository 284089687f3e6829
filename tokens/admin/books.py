"""Wallets, lots, entries and what else the ledger is made of: looked at here, never edited."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from tokens.models import (
    HourClosing,
    HourlyTotal,
    IdempotencyKey,
    LedgerCheck,
    LedgerEntry,
    Lot,
    Posting,
    Reversal,
    SpendReversal,
    Wallet,
)
from tokens.web.admin import causes
from tokens.web.admin.columns import asking_key, linked, money
from tokens.web.admin.confidential import ConfidentialFields
from tokens.web.admin.paging import LongListAdmin
from tokens.web.admin.stripe_links import AS_A_LINK


@admin.register(Wallet)
class WalletAdmin(LongListAdmin):
    list_display = ["user", "balance", "available", "held", "frozen", "debt", "unposted", "blocked_at", "updated_at"]
    list_filter = [("blocked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["user"]


@admin.register(Lot)
class LotAdmin(LongListAdmin):
    list_display = ["id", "owner", "origin", "tokens", "remaining", "paid", "expires_at", "frozen_at", "created_at"]
    list_select_related = ["wallet__user", "purchase", "grant", "reversal"]
    search_fields = ["wallet", "id"]
    fields = ["owner", "origin", "tokens", "remaining", "paid", "expires_at", "frozen_at", "created_at"]
    owner = linked("wallet__user", name="Owner")
    origin = linked("purchase", "grant", "reversal", name="Origin")
    paid = money("paid_cents", name="Paid")


@admin.register(LedgerEntry)
class LedgerEntryAdmin(LongListAdmin):
    list_display = ["id", "owner", "kind", "tokens", "balance_after", "lot", "cause", "created_at"]
    list_filter = ["kind"]
    list_select_related = ["wallet__user", "lot"]
    search_fields = ["wallet", "id"]
    fields = ["owner", "kind", "tokens", "balance_after", "worth_cents", "lot", "cause", "number", "hour", "created_at"]
    owner = linked("wallet__user", name="Owner")
    cause = causes.cause


@admin.register(Posting)
class PostingAdmin(LongListAdmin):
    list_display = ["id", "owner", "tokens", "usages", "created_at"]
    list_select_related = ["wallet__user"]
    search_fields = ["wallet", "id"]
    order_of_one = "-last_number"
    fields = ["owner", "tokens", "usages", "created_at"]
    owner = linked("wallet__user", name="Owner")

    @admin.display(description="Usage")
    def usages(self, posting: Posting) -> str:
        first, last = posting.first_number, posting.last_number
        asked = {"user__id__exact": posting.wallet_id, "number__gte": first, "number__lte": last}
        address = f"{reverse('admin:tokens_tokenusage_changelist')}?{urlencode(asked)}"
        return format_html('<a class="{}" href="{}">{}</a>', AS_A_LINK, address, posting.of_usages)


@admin.register(Reversal)
class ReversalAdmin(LongListAdmin):
    list_display = [
        "id",
        "user",
        "purchase",
        "tokens_before",
        "tokens_after",
        "debt_made",
        "debt_forgiven",
        "created_at",
    ]
    list_select_related = ["user", "purchase"]
    search_fields = ["user", "id"]


@admin.register(SpendReversal)
class SpendReversalAdmin(LongListAdmin):
    """Spends taken back, by customers and by staff."""

    list_display = ["id", "user", "usage", "quantity", "tokens", "reason", "by", "created_at"]
    list_select_related = ["user", "usage", "by"]
    search_fields = ["user", "by", "id"]
    fields = ["customer", "spend", "quantity", "tokens", "reason", "by", "asking_key", "balance_after", "created_at"]
    customer = linked("user", name="Customer")
    spend = linked("usage", name="Spend")
    asking_key = asking_key


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ConfidentialFields, LongListAdmin):
    """Requests that callers named. What each was answered is the customer's, so no role has `see_answer`."""

    list_display = ["user", "key", "claimed_at"]
    list_select_related = ["user"]
    search_fields = ["user"]
    fields = ["user", "key", "claimed_at", "fingerprint", "answer"]
    confidential = {"fingerprint": "tokens.see_answer", "answer": "tokens.see_answer"}


@admin.register(HourlyTotal)
class HourlyTotalAdmin(LongListAdmin):
    list_display = ["hour", "movement", "currency", "tokens", "worth_cents"]
    search_fields = ["id"]


@admin.register(HourClosing)
class HourClosingAdmin(LongListAdmin):
    list_display = ["hour", "currency", "tokens", "worth_cents"]
    search_fields = ["id"]


@admin.register(LedgerCheck)
class LedgerCheckAdmin(LongListAdmin):
    list_display = ["started_at", "finished_at", "wallets", "balances", "in_lots", "findings"]
    fields = ["started_at", "finished_at", "wallets", "balances", "in_lots", "findings", "report"]
    fields += ["users_until", "hours_until", "next_at"]
