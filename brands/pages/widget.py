"""The balance widget of the domains page: tokens, places of the membership, and what pays for the next domain."""

from __future__ import annotations

from dataclasses import dataclass

from brands.analysis.quoting import price_of_one
from brands.exports.export import ACTION as EXPORT
from brands.importing import IMPORT, count_domains, payment_for
from brands.pages import shortage
from brands.pages.shortage import Shortage
from memberships.current import CurrentMembership, get_membership
from memberships.payer import Payment, Price
from tokens.catalog import Cost, get_catalog
from tokens.ledger.wallet import read_wallet


@dataclass(frozen=True)
class Widget:
    """`next` is the payment for one more domain: `payer` is tokens, membership, free or empty (nothing pays).

    What is short of it, of an analysis and of an export is None where nothing is.
    """

    membership: CurrentMembership
    used: int
    next: Payment
    costs: dict[str, Cost]
    short_of_next: Shortage | None
    short_of_analysis: Shortage | None
    short_of_export: Shortage | None
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
    wallet, catalog = read_wallet(user_id), get_catalog()
    price = Price(catalog.cost(IMPORT).tokens)
    payment = payment_for(user_id, wallet, units=1, price=price)
    export = catalog.costs.get(EXPORT)
    return Widget(
        membership=get_membership(user_id),
        used=count_domains(user_id),
        next=payment,
        costs=catalog.costs,
        price_list=catalog.price_list,
        short_of_next=shortage.of_import(user_id, wallet, payment, price),
        short_of_analysis=shortage.of_price(price_of_one(), wallet),
        short_of_export=shortage.of_price(export.tokens if export else 0, wallet),
    )
