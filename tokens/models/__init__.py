from tokens.models.cards import CardToForget, CardWish, SavedCard
from tokens.models.catalog import ActionCost, TokenPackage
from tokens.models.dispute import Dispute
from tokens.models.entry import LedgerEntry
from tokens.models.grant import Grant
from tokens.models.heartbeat import Heartbeat
from tokens.models.hours import Books, HourClosing, HourlyTotal
from tokens.models.idempotency import IdempotencyKey
from tokens.models.ledger_check import LedgerCheck
from tokens.models.mail import AccountMail, Mail, MutedMail
from tokens.models.posting import Posting
from tokens.models.purchase import Purchase
from tokens.models.reconciliation import Reconciliation
from tokens.models.refund import Refund
from tokens.models.reversal import Reversal
from tokens.models.staff import GrantBatch, GrantRequest, RefundRequest, StaffAct, StaffNote
from tokens.models.stripe import StripeCustomer, StripeEvent
from tokens.models.top_up import AutoTopUp, TopUp, TopUpConsent
from tokens.models.totals import DailyTotal, PurchaseTotal, UsageTotal
from tokens.models.usage import TokenUsage
from tokens.models.wallet import LEAST_ALERT, Lot, Told, Wallet

__all__ = [
    "LEAST_ALERT",
    "AccountMail",
    "ActionCost",
    "AutoTopUp",
    "Books",
    "CardToForget",
    "CardWish",
    "DailyTotal",
    "Dispute",
    "Grant",
    "GrantBatch",
    "GrantRequest",
    "Heartbeat",
    "HourClosing",
    "HourlyTotal",
    "IdempotencyKey",
    "LedgerCheck",
    "LedgerEntry",
    "Lot",
    "Mail",
    "MutedMail",
    "Posting",
    "Purchase",
    "PurchaseTotal",
    "Reconciliation",
    "Refund",
    "RefundRequest",
    "Reversal",
    "SavedCard",
    "StaffAct",
    "StaffNote",
    "StripeCustomer",
    "StripeEvent",
    "TokenPackage",
    "TokenUsage",
    "Told",
    "TopUp",
    "TopUpConsent",
    "UsageTotal",
    "Wallet",
]
