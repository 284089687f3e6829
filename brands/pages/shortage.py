"""What stands in the place of a button that would be refused for want of tokens: what is short, and what helps."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from brands.importing import helping_plan
from memberships.models import Plan
from memberships.payer import Payment, Price
from tokens.catalog import Package, get_catalog
from tokens.errors import LimitReached
from tokens.ledger.limits import reached
from tokens.models import Wallet
from tokens.spending.quote import quote_of


@dataclass(frozen=True)
class Shortage:
    """`required` and `short` are tokens; a debt is repaid first, so what is short may be more than what is required.

    `package` is the smallest pack that covers what is short, `plan` the one that would pay instead. With `limit` it is
    the customer's own limit that is in the way, and no pack would help.
    """

    wallet: Wallet
    required: int
    short: int
    package: Package | None
    plan: Plan | None = None
    limit: LimitReached | None = None


def of_price(tokens: int, wallet: Wallet) -> Shortage | None:
    """What is short of a price in tokens, which no plan pays; None if nothing is."""
    if tokens and (limit := reached(wallet, tokens, timezone.now())):
        return Shortage(wallet, tokens, 0, None, limit=limit)
    quote = quote_of(tokens, wallet)
    return None if quote.affordable else Shortage(wallet, tokens, quote.shortfall, quote.smallest_package)


def of_import(user_id: int, wallet: Wallet, payment: Payment, price: Price) -> Shortage | None:
    """What is short of importing domains; None if each of them is paid."""
    if not payment.unpaid:
        return None
    plan = helping_plan(user_id, wallet, units=len(payment.payers), price=price)
    package = None if payment.limit else get_catalog().smallest_package_for(payment.shortfall)
    return Shortage(wallet, payment.required, payment.shortfall, package, plan, payment.limit)
