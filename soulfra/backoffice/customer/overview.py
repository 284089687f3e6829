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
from tokens.top_up.reading import State, state_of
from tokens.wording import counted


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
            "Balance": f"{wallet.balance:,}",
            "Available": f"{wallet.available:,}",
            "On hold": f"{wallet.held:,}",
            "Frozen": f"{wallet.frozen:,}",
            "Unposted": f"{wallet.unposted:,}",
            "Debt": f"{wallet.owed:,}",
            "Automatic top-up": _top_up(state_of(user.pk)),
            "Membership": f"{membership.plan.name} ({membership.status})",
            "Lifetime spend": ", ".join(spent) or "None",
        },
        "risks": _risks(user, wallet.debt, is_blocked=bool(wallet.blocked_at)),
    }


def _top_up(state: State) -> str:
    if state.auto is None:
        return "Never set up"
    if not state.is_on:
        return f"Off: {state.auto.reason}"
    terms = f"{state.package} below {state.auto.threshold:,}, {state.spent} of {state.auto.monthly_limit} this month"
    return f"On: {terms}, needs confirmation" if state.needs_confirmation else f"On: {terms}"


def _risks(user: User, debt: int, *, is_blocked: bool) -> list[Risk]:
    warned = Purchase.objects.for_user(user.pk).exclude(fraud_warning_at=None).count()
    disputes = Dispute.objects.filter(user=user).exclude(status__in=Dispute.CLOSED).count()
    found = [
        (is_blocked, "Spending suspended by staff", "acts"),
        (not user.is_active, "Account closed", "acts"),
        (debt, f"Owes {counted(debt, 'token')}", "statement"),
        (disputes, counted(disputes, "open dispute"), "disputes"),
        (warned, f"Fraud warning on {counted(warned, 'purchase')}", "purchases"),
    ]
    return [Risk(words, tab) for is_so, words, tab in found if is_so]
