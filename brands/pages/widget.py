"""The balance widget of the domains page: tokens, places of the membership, and what pays for the next domain."""

from __future__ import annotations

from dataclasses import dataclass

from brands.importing import IMPORT, count_domains, quote_import
from memberships.current import CurrentMembership, get_membership
from memberships.payer import Payment
from tokens.catalog import Cost, get_catalog


@dataclass(frozen=True)
class Widget:
    """`next` is the payment for one more domain: `payer` is tokens, membership, free or empty (nothing pays)."""

    membership: CurrentMembership
    used: int
    next: Payment
    costs: dict[str, Cost]
    price_list: list[Cost]

    @property
    def payer(self) -> str:
        return str(self.next.payers[0] or "")

    @property
    def price(self) -> int:
        """Of one more domain, if tokens pay for it."""
        return self.costs[IMPORT].tokens

    @property
    def other_costs(self) -> list[Cost]:
        """What else costs tokens here."""
        return [cost for cost in self.price_list if cost.key != IMPORT]

    @property
    def is_over_the_limit(self) -> bool:
        return not self.membership.plan.covers(self.used)


def widget_of(user_id: int) -> Widget:
    """The figures of the balance widget: membership, number of domains, and the price of the next one."""
    catalog = get_catalog()
    return Widget(
        get_membership(user_id), count_domains(user_id), quote_import(user_id), catalog.costs, catalog.price_list
    )
