from django.contrib import admin

from tokens.admin.view_only import ViewOnlyAdmin
from tokens.models import (
    Dispute,
    Grant,
    IdempotencyKey,
    LedgerEntry,
    Lot,
    Purchase,
    Refund,
    Reversal,
    TokenUsage,
    Wallet,
)
from tokens.money import format_money


@admin.register(Purchase)
class PurchaseAdmin(ViewOnlyAdmin):
    list_display = ["id", "user", "description", "price", "status", "is_simulated", "created_at", "completed_at"]
    list_filter = ["status", "type", "is_simulated", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__email", "stripe_checkout_session_id", "stripe_payment_intent_id", "=id"]

    @admin.display(ordering="amount_cents")
    def price(self, purchase: Purchase) -> str:
        return format_money(purchase.amount_cents, purchase.currency)


@admin.register(Wallet)
class WalletAdmin(ViewOnlyAdmin):
    list_display = ["user", "balance", "available", "held", "frozen", "debt", "updated_at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__email"]


@admin.register(Lot)
class LotAdmin(ViewOnlyAdmin):
    list_display = ["id", "wallet", "purchase", "tokens", "remaining", "paid", "expires_at", "frozen_at", "created_at"]
    list_select_related = ["wallet", "purchase"]
    search_fields = ["wallet__user__username", "wallet__user__email", "=id"]

    @admin.display(ordering="paid_cents")
    def paid(self, lot: Lot) -> str:
        return format_money(lot.paid_cents, lot.currency)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ViewOnlyAdmin):
    list_display = ["id", "wallet", "kind", "tokens", "balance_after", "lot", "purchase", "usage", "created_at"]
    list_filter = ["kind", "created_at"]
    list_select_related = ["wallet", "lot", "purchase", "usage"]
    search_fields = ["wallet__user__username", "wallet__user__email", "=id"]


@admin.register(TokenUsage)
class TokenUsageAdmin(ViewOnlyAdmin):
    list_display = ["id", "user", "action", "tokens_spent", "status", "created_at"]
    list_filter = ["action", "status", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__email", "=id"]


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ViewOnlyAdmin):
    list_display = ["user", "key", "claimed_at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "key"]


@admin.register(Grant)
class GrantAdmin(ViewOnlyAdmin):
    list_display = ["id", "user", "kind", "tokens", "reason", "by", "expires_at", "created_at"]
    list_filter = ["kind", "created_at"]
    list_select_related = ["user", "by"]
    search_fields = ["user__username", "user__email", "reason", "=id"]


@admin.register(Refund)
class RefundAdmin(ViewOnlyAdmin):
    list_display = ["id", "user", "purchase", "amount", "status", "source", "reason", "by", "created_at"]
    list_filter = ["status", "source", "created_at"]
    list_select_related = ["user", "purchase", "by"]
    search_fields = ["user__username", "user__email", "stripe_id", "=id"]

    @admin.display(ordering="amount_cents")
    def amount(self, refund: Refund) -> str:
        return format_money(refund.amount_cents, refund.purchase.currency)


@admin.register(Dispute)
class DisputeAdmin(ViewOnlyAdmin):
    list_display = ["stripe_id", "user", "purchase", "status", "reason", "evidence_due_at", "created_at"]
    list_filter = ["status", "created_at"]
    list_select_related = ["user", "purchase"]
    search_fields = ["user__username", "user__email", "stripe_id"]


@admin.register(Reversal)
class ReversalAdmin(ViewOnlyAdmin):
    list_display = ["id", "user", "purchase", "tokens_before", "tokens_after", "created_at"]
    list_select_related = ["user", "purchase"]
    search_fields = ["user__username", "user__email", "=id"]
