"""Wallets, lots, entries and what else the ledger is made of: looked at here, never edited."""

from __future__ import annotations

from django.contrib import admin

from tokens.models import HourClosing, HourlyTotal, IdempotencyKey, LedgerEntry, Lot, Reversal, Wallet
from tokens.web.admin.columns import linked, money
from tokens.web.admin.paging import LongListAdmin


@admin.register(Wallet)
class WalletAdmin(LongListAdmin):
    list_display = ["user", "balance", "available", "held", "frozen", "debt", "blocked_at", "updated_at"]
    list_filter = [("blocked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["user"]


@admin.register(Lot)
class LotAdmin(LongListAdmin):
    list_display = ["id", "owner", "origin", "tokens", "remaining", "paid", "expires_at", "frozen_at", "created_at"]
    list_select_related = ["wallet__user", "purchase", "grant"]
    search_fields = ["wallet", "id"]
    fields = ["owner", "origin", "tokens", "remaining", "paid", "expires_at", "frozen_at", "created_at"]
    owner = linked("wallet__user", name="Owner")
    origin = linked("purchase", "grant", name="Origin")
    paid = money("paid_cents", name="Paid")


@admin.register(LedgerEntry)
class LedgerEntryAdmin(LongListAdmin):
    list_display = ["id", "owner", "kind", "tokens", "balance_after", "lot", "cause", "created_at"]
    list_filter = ["kind"]
    list_select_related = ["wallet__user", "lot", "purchase", "usage", "grant", "reversal"]
    search_fields = ["wallet", "id"]
    fields = ["owner", "kind", "tokens", "balance_after", "worth_cents", "lot", "counter_lot", "cause", "created_at"]
    owner = linked("wallet__user", name="Owner")
    cause = linked("purchase", "usage", "grant", "reversal", name="Cause")


@admin.register(Reversal)
class ReversalAdmin(LongListAdmin):
    list_display = ["id", "user", "purchase", "tokens_before", "tokens_after", "created_at"]
    list_select_related = ["user", "purchase"]
    search_fields = ["user", "id"]


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(LongListAdmin):
    list_display = ["user", "key", "claimed_at"]
    list_select_related = ["user"]
    search_fields = ["user"]


@admin.register(HourlyTotal)
class HourlyTotalAdmin(LongListAdmin):
    list_display = ["hour", "movement", "currency", "tokens", "worth_cents"]
    search_fields = ["id"]


@admin.register(HourClosing)
class HourClosingAdmin(LongListAdmin):
    list_display = ["hour", "currency", "tokens", "worth_cents", "last_entry_id"]
    search_fields = ["id"]
