"""The plans side by side, each with what this visitor may do with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from memberships.models import Plan
from memberships.models.plan import FREE
from memberships.pages.standing import Standing
from memberships.plans import offered_plans
from memberships.subscriptions.changes import is_upgrade


@dataclass(frozen=True)
class Card:
    """`act` is start or join (signed out), choose, upgrade, downgrade, cancel, keep or "".

    `starts_at` is that of a scheduled plan.
    """

    plan: Plan
    price_cents: int
    currency: str
    act: str
    is_mine: bool = False
    is_unpaid: bool = False
    starts_at: datetime | None = None


def cards_for(standing: Standing | None) -> list[Card]:
    """One for each plan on offer, and for the member's own if it is offered no more. None: a stranger."""
    plans = offered_plans()
    if standing is None:
        return [Card(plan, plan.price_cents, plan.currency, "start" if plan.key == FREE else "join") for plan in plans]
    mine = standing.membership.subscribed
    return [_card(plan, standing) for plan in (plans if mine in plans else [*plans, mine])]


def _card(plan: Plan, standing: Standing) -> Card:
    membership, row = standing.membership, standing.subscription
    is_billed = bool(row and membership.is_billed and plan == membership.subscribed)
    return Card(
        plan,
        price_cents=row.amount_cents if row and is_billed else plan.price_cents,
        currency=row.currency if row and is_billed else plan.currency,
        act=_act(plan, standing),
        is_mine=plan == membership.plan,
        is_unpaid=is_billed and standing.state in ("unpaid", "stopped"),
        starts_at=_starts_at(plan, standing),
    )


def _act(plan: Plan, standing: Standing) -> str:
    membership, row = standing.membership, standing.subscription
    if row is None or not membership.is_billed:
        return "" if plan.key == FREE else "choose"
    if plan == membership.subscribed:
        return "keep" if membership.cancel_at or membership.next_plan else ""
    if _starts_at(plan, standing):
        return ""
    if plan.key == FREE:
        return "cancel"
    return "upgrade" if is_upgrade(row, plan) else "downgrade"


def _starts_at(plan: Plan, standing: Standing) -> datetime | None:
    membership = standing.membership
    if not membership.is_billed:
        return None
    if plan.key == FREE:
        return membership.cancel_at
    return membership.current_period_end if plan == membership.next_plan else None
