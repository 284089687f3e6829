"""What the customer page shows above its tabs: the figures, and what to be careful about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accounts.models import User
from memberships.current import get_membership
from tokens.ledger.wallet import read_wallet
from tokens.models import Dispute, Purchase
from tokens.money import format_money
from tokens.reports.customer_totals import spent_by_currency


@dataclass(frozen=True)
class Risk:
    """A flag and the tab that explains it."""

    words: str
    tab: str


def overview(user: User) -> dict[str, Any]:
    """A fixed number of statements, however much the customer did."""
    wallet = read_wallet(user.pk)
    membership = get_membership(user.pk)
    spent = [format_money(cents, currency) for currency, cents in sorted(spent_by_currency(user.pk).items())]
    return {
        "wallet": wallet,
        "figures": {
            "Balance": wallet.balance,
            "Free to spend": wallet.available,
            "Held": wallet.held,
            "Frozen": wallet.frozen,
            "Owed": wallet.owed,
            "Membership": f"{membership.plan.name} ({membership.status})",
            "Lifetime spend": ", ".join(spent) or "nothing",
        },
        "risks": _risks(user, wallet.debt, is_blocked=bool(wallet.blocked_at)),
    }


def _risks(user: User, debt: int, *, is_blocked: bool) -> list[Risk]:
    warned = Purchase.objects.for_user(user.pk).exclude(fraud_warning_at=None).count()
    disputes = Dispute.objects.filter(user=user).exclude(status__in=Dispute.CLOSED).count()
    found = [
        (is_blocked, "Spending was stopped by staff", "acts"),
        (not user.is_active, "The account is closed", "acts"),
        (debt, f"Owes {debt} tokens", "statement"),
        (disputes, f"Open disputes: {disputes}", "disputes"),
        (warned, f"Purchases with a fraud warning: {warned}", "purchases"),
    ]
    return [Risk(words, tab) for is_so, words, tab in found if is_so]
