"""Tokens or membership? Who pays for what is about to be done, per unit, in the order the user prefers.

Asked before the act, to show it, and again under the user's lock, to do it and record it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum

from django.utils import timezone

from memberships.current import CurrentMembership
from memberships.errors import NothingPays
from memberships.models import Membership
from memberships.models.plan import FREE, Plan
from memberships.plans import offered_plans
from tokens.errors import LimitReached
from tokens.ledger import limits
from tokens.models import Wallet


class Payer(StrEnum):
    TOKENS = "tokens"
    MEMBERSHIP = "membership"
    FREE = "free"


@dataclass(frozen=True)
class Price:
    """What units cost in tokens: each one, and once for all of them if any is paid in tokens."""

    each: int
    fee: int = 0


@dataclass(frozen=True)
class Payment:
    """`payers` says who pays for each unit, in order; None: nothing does. `tokens` are all that would be spent.

    `required` tokens, and any debt before them, would have to be there for every unit to be paid.
    `has_plan`: a paid plan counts, not the free one. `tokens_first`: tokens pay before it does.
    """

    payers: tuple[Payer | None, ...]
    tokens: int
    required: int
    balance: int
    available: int
    has_plan: bool
    tokens_first: bool
    debt: int = 0
    limit: LimitReached | None = None  # the customer's own, if that is why tokens don't pay for all

    @property
    def unpaid(self) -> int:
        """How many units nothing pays for."""
        return self.payers.count(None)

    @property
    def shortfall(self) -> int:
        """How many tokens are short of paying for every unit."""
        return max(0, self.required + self.debt - self.available) if self.required else 0

    @property
    def counts(self) -> dict[Payer, int]:
        """How many units each source pays for; sources that pay for none are left out."""
        return Counter(payer for payer in self.payers if payer)

    def require(self, *, helped_by: Plan | None = None) -> Payment:
        """The payment itself when every unit is paid. Raises LimitReached, NothingPays with the plan that would pay."""
        if self.unpaid and self.limit:
            raise self.limit
        if self.unpaid:
            figures = {"required": self.required, "balance": self.balance, "available": self.available}
            raise NothingPays(**figures, debt=self.debt, plan=helped_by)
        return self


def who_pays(membership: CurrentMembership, wallet: Wallet, *, units: int, domains_used: int, price: Price) -> Payment:
    """Decide for `units` domains, one after the other, given how many are in use now. Nothing changes.

    Tokens first (the default): tokens while they cover it, then the paid membership within its limit, then the free
    plan while under its limit. Membership first: membership, free plan, tokens. The limits count every domain, whoever
    paid; `membership.plan` is the plan that counts, which for a free user is the free plan.
    """
    tokens_first = membership.payment_order == Membership.PaymentOrder.TOKENS_FIRST
    payers: list[Payer | None] = []
    now, tokens, missing = timezone.now(), 0, 0
    most = limits.spendable(wallet, now)
    for unit in range(units):
        cost = price.each + (0 if tokens else price.fee)
        has_tokens = tokens + cost <= most
        plan_pays = _plan_payer(membership, domains_used + unit + 1)
        payer = (
            (has_tokens and Payer.TOKENS) or plan_pays if tokens_first else plan_pays or (has_tokens and Payer.TOKENS)
        )
        payers.append(payer or None)
        tokens += cost if payer == Payer.TOKENS else 0
        missing += 0 if payer else 1
    required = _required(tokens_first, tokens, missing, units, price)
    reached = None if wallet.blocked_at else limits.reached(wallet, required, now)
    return Payment(
        tuple(payers),
        tokens,
        required,
        wallet.balance,
        wallet.available,
        has_plan=membership.tier != FREE,
        tokens_first=tokens_first,
        debt=wallet.debt,
        limit=reached,
    )


def plan_that_pays(
    membership: CurrentMembership, wallet: Wallet, *, units: int, domains_used: int, price: Price
) -> Plan | None:
    """The offered plan with the lowest price with which every unit would be paid; None if there is none."""
    for plan in sorted(offered_plans(), key=lambda plan: plan.price_cents):
        changed = replace(membership, plan=plan)
        if not who_pays(changed, wallet, units=units, domains_used=domains_used, price=price).unpaid:
            return plan
    return None


def _required(tokens_first: bool, tokens: int, missing: int, units: int, price: Price) -> int:
    """What must be available for every unit to be paid, in tokens. 0: nothing needs tokens.

    Tokens first means that tokens which are bought burn on the first units, so the plan's places no longer help the
    units beyond its limit: then all of them must be covered.
    """
    if not missing:
        return tokens
    paid_in_tokens = units if tokens_first else max(0, tokens - price.fee) // price.each + missing
    return paid_in_tokens * price.each + price.fee


def _plan_payer(membership: CurrentMembership, domains: int) -> Payer | None:
    """What pays without tokens when this makes so many domains in all."""
    if membership.tier != FREE and membership.plan.covers(domains):
        return Payer.MEMBERSHIP
    return Payer.FREE if domains <= membership.free_limit else None
