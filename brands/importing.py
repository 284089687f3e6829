"""Importing one domain: the brand and what pays for it commit together.

Every import takes the wallet's lock, one that is free as well, so that limits hold however many run at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accounts.api_keys import CallingKey
from brands.details import category_keys, checked, name_and_slug
from brands.models import Brand, CsvImport
from brands.names import DomainName, parse_domain
from memberships.current import get_membership
from memberships.domain_count import counts_domains
from memberships.models import Plan
from memberships.payer import Payer, Payment, Price, plan_that_pays, who_pays
from tokens.catalog import Cost, get_catalog
from tokens.ledger.due import open_or_make_wallet
from tokens.ledger.wallet import read_wallet
from tokens.models import Wallet
from tokens.spending.spends import spend_at
from tokens.transactions import money_transaction

IMPORT = "import_domain"
ALREADY_YOURS = "already_yours"


@dataclass(frozen=True)
class Imported:
    """`paid_by` is "tokens", "membership", "free" or "already_yours"; the rest is in tokens."""

    brand: Brand
    paid_by: str
    tokens_spent: int
    balance: int
    notes: tuple[str, ...]


@counts_domains
def count_domains(user_id: int) -> int:
    """How many domains a user has now, however they were paid for, test domains included."""
    return Brand.objects.of(user_id).count()


def quote_import(user_id: int, *, units: int = 1) -> Payment:
    """Who would pay for importing so many domains one by one now. Nothing changes."""
    price = Price(get_catalog().cost(IMPORT).tokens)
    return payment_for(user_id, read_wallet(user_id), units=units, price=price)


def import_domain(
    user_id: int, given: str, *, details: dict[str, Any] | None = None, api_key: CallingKey | None = None
) -> Imported:
    """Make `given` a brand of this user's. One they have already costs nothing.

    Raises BadDomain, BadChoice; NothingPays, LimitReached, after which nothing has changed. `api_key` is the key that
    asked, if one did: its caps count.
    """
    name = parse_domain(given)
    fields = checked(details or {}, categories=category_keys())
    return _import(user_id, name, fields, get_catalog().cost(IMPORT), api_key)


@money_transaction
def _import(user_id: int, name: DomainName, fields: dict[str, Any], cost: Cost, api_key: CallingKey | None) -> Imported:
    wallet = lock_user(user_id, api_key)
    known = Brand.objects.of(user_id).filter(domain=name.domain).first()
    if known:
        return Imported(known, ALREADY_YOURS, 0, wallet.balance, name.notes)
    payment = whole_payment(user_id, wallet, units=1, price=Price(cost.tokens))
    payer = str(payment.payers[0])
    balance = wallet.balance
    if payer == Payer.TOKENS:
        said = {"domain": name.domain}
        balance = spend_at(user_id, cost, metadata=said, api_key=api_key).balance_after or 0
    brand = Brand.objects.create(
        owner_id=user_id,
        domain=name.domain,
        is_lookalike=name.is_lookalike,
        paid_by=payer,
        **{**fields, **name_and_slug(name.domain, fields.get("name", ""))},
    )
    return Imported(brand, payer, payment.tokens, balance, name.notes)


def lock_user(user_id: int, api_key: CallingKey | None = None) -> Wallet:
    """The user's wallet, locked even if this is its first use, with everything that is due applied."""
    return open_or_make_wallet(user_id, timezone.now(), api_key)


def payment_for(user_id: int, wallet: Wallet, *, units: int, price: Price) -> Payment:
    """Who pays for so many more domains; those that imports under way were promised a place have it already."""
    return who_pays(get_membership(user_id), wallet, units=units, domains_used=_taken(user_id), price=price)


def whole_payment(user_id: int, wallet: Wallet, *, units: int, price: Price) -> Payment:
    """As `payment_for`, when each of them is paid. Raises NothingPays, which names the plan that would pay."""
    payment = payment_for(user_id, wallet, units=units, price=price)
    plan = helping_plan(user_id, wallet, units=units, price=price) if payment.unpaid else None
    return payment.require(helped_by=plan)


def helping_plan(user_id: int, wallet: Wallet, *, units: int, price: Price) -> Plan | None:
    """The plan with which so many more domains would be paid; None if none is."""
    return plan_that_pays(get_membership(user_id), wallet, units=units, domains_used=_taken(user_id), price=price)


def _taken(user_id: int) -> int:
    return count_domains(user_id) + CsvImport.objects.promised(user_id)
