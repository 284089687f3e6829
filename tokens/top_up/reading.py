"""How automatic top-up stands for a customer, for pages, the API and staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from tokens.catalog import get_catalog
from tokens.models import AutoTopUp, SavedCard, TopUp
from tokens.money import format_money
from tokens.top_up import counting


@dataclass(frozen=True)
class State:
    """What is so now; `spent_cents` counts toward the limit of this month."""

    auto: AutoTopUp | None
    card: SavedCard | None
    under_way: TopUp | None
    spent_cents: int
    package: str

    @property
    def is_on(self) -> bool:
        return bool(self.auto and self.auto.is_on)

    @property
    def card_is_expired(self) -> bool:
        return bool(self.card and self.card.is_expired(timezone.now()))

    @property
    def spent(self) -> str:
        """What counts toward the limit, for people."""
        return format_money(self.spent_cents, self.auto.currency) if self.auto else ""

    @property
    def waits_until(self) -> datetime | None:
        """Until when the limit of the month lets nothing be bought."""
        if not (self.auto and self.is_on):
            return None
        is_over = self.spent_cents + self.auto.price_cents > self.auto.monthly_limit_cents
        return counting.next_month(timezone.now()) if is_over and not self.under_way else None

    @property
    def needs_confirmation(self) -> bool:
        return bool(self.under_way and self.under_way.status == TopUp.Status.NEEDS_CONFIRMATION)


def state_of(user_id: int) -> State:
    """Read it all."""
    auto = AutoTopUp.objects.filter(user=user_id).first()
    card = SavedCard.objects.of(user_id)
    if auto is None:
        return State(None, card, None, 0, "")
    under_way = TopUp.objects.filter(user=user_id, status__in=TopUp.OPEN).select_related("purchase").first()
    spent = counting.cost_cents(user_id, auto.currency, timezone.now())
    return State(auto, card, under_way, spent, _name_of(auto.package_key))


def _name_of(package_key: str) -> str:
    """The pack's name, of one that is no longer sold its key."""
    package = get_catalog().packages.get(package_key)
    return package.name if package else package_key
