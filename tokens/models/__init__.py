from tokens.models.catalog import ActionCost, TokenPackage
from tokens.models.dispute import Dispute
from tokens.models.grant import Grant
from tokens.models.hours import HourClosing, HourlyTotal
from tokens.models.idempotency import IdempotencyKey
from tokens.models.mail import Mail, MutedMail
from tokens.models.purchase import Purchase
from tokens.models.reconciliation import Reconciliation
from tokens.models.refund import Refund
from tokens.models.reversal import Reversal
from tokens.models.staff import GrantBatch, GrantRequest, RefundRequest, StaffAct, StaffNote
from tokens.models.stripe import StripeCustomer, StripeEvent
from tokens.models.totals import PurchaseTotal, UsageTotal
from tokens.models.usage import TokenUsage
from tokens.models.wallet import LedgerEntry, Lot, Wallet

__all__ = [
    "ActionCost",
    "Dispute",
    "Grant",
    "GrantBatch",
    "GrantRequest",
    "HourClosing",
    "HourlyTotal",
    "IdempotencyKey",
    "LedgerEntry",
    "Lot",
    "Mail",
    "MutedMail",
    "Purchase",
    "PurchaseTotal",
    "Reconciliation",
    "Refund",
    "RefundRequest",
    "Reversal",
    "StaffAct",
    "StaffNote",
    "StripeCustomer",
    "StripeEvent",
    "TokenPackage",
    "TokenUsage",
    "UsageTotal",
    "Wallet",
]
