"""When automatic top-up buys: a wallet that fell below its threshold becomes one order, however many look at once.

In one transaction, under the wallet's lock, everything that speaks against it is looked at, the wallet is disarmed and
the order written; so a crossing is one order. Charging it comes after (`tokens.top_up.charging`).
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, Sum
from django.utils import timezone

from tokens.catalog import get_catalog
from tokens.errors import OwnTerms
from tokens.jobs import works
from tokens.ledger import top_up as wallets
from tokens.ledger.due import open_wallet
from tokens.models import AutoTopUp, Purchase, SavedCard, TopUp, Wallet
from tokens.purchases import lifecycle
from tokens.purchases.lifecycle import Item
from tokens.purchases.own_terms import forbid_own_terms
from tokens.top_up import counting, emails
from tokens.top_up.switching import turn_off
from tokens.transactions import money_transaction

log = logging.getLogger(__name__)

Off = AutoTopUp.Off
# What stands in the way now may be over soon: money on its way, or a fault.
LOOK_AGAIN = timedelta(minutes=1)
LONGEST_WAIT = timedelta(days=32)  # for the next month; longer only by a clock that was ahead
OWN_TERMS_AGAIN = timedelta(hours=1)


@works("automatic top-ups ordered")
def order_next() -> bool:
    """Look at one wallet that is due; whether there was one. One that can't be looked at stops no other."""
    user_id = _due(timezone.now())
    if user_id is None:
        return False
    try:
        order(user_id)
    except Exception:
        log.exception("The automatic top-up of user %s could not be ordered", user_id)
        _wait(user_id, timezone.now() + LOOK_AGAIN)
    return True


@money_transaction
def order(user_id: int) -> TopUp | None:
    """Order a top-up, if the wallet is due one and nothing speaks against it."""
    wallet = open_wallet(user_id, timezone.now())
    auto = AutoTopUp.objects.select_related("user").filter(user=user_id, is_on=True).first()
    if auto is None or not wallets.is_due(wallet) or wallet.blocked_at or _has_open(user_id):
        return None
    at = timezone.now()
    if why := why_off(auto, at):
        turn_off(user_id, why)
        return None
    if until := _wait_until(auto, wallet, at):
        _wait(user_id, until)
        return None
    return _order(auto, wallet, at)


def why_off(auto: AutoTopUp, at: datetime) -> AutoTopUp.Off | None:
    """Why nothing more may be bought on these terms; None while they stand."""
    if not auto.user.is_active:
        return Off.CLOSING
    package = get_catalog().packages.get(auto.package_key)
    now_sold = (package.tokens, package.price_cents, package.currency) if package else None
    if settings.STRIPE_TAX or now_sold != (auto.tokens, auto.price_cents, auto.currency):
        return Off.PRICE
    card = SavedCard.objects.of(auto.pk)
    if card is None:
        return Off.CARD_REMOVED
    return Off.CARD_EXPIRED if card.is_expired(at) else None


def _order(auto: AutoTopUp, wallet: Wallet, at: datetime) -> TopUp:
    item = replace(
        Item.of_package(get_catalog().package(auto.package_key)),
        description=f"Automatic top-up: {get_catalog().package(auto.package_key).name}",
    )
    wallets.disarm(wallet)
    return TopUp.objects.create(
        user_id=auto.pk,
        crossing=TopUp.objects.filter(user=auto.pk).count() + 1,
        consent_id=auto.consent_id,
        purchase=lifecycle.order_by_itself(auto.pk, item),
        next_try_at=at,
        created_at=at,
    )


def _wait_until(auto: AutoTopUp, wallet: Wallet, at: datetime) -> datetime | None:
    """Until when nothing is to be bought, though the balance is low; None: now is the time."""
    if wallet.balance - wallet.frozen + _under_way(auto.pk) >= auto.threshold:
        return at + LOOK_AGAIN
    try:
        forbid_own_terms(auto.pk, Purchase.Type.TOKENS, auto.package_key)
    except OwnTerms:
        return at + OWN_TERMS_AGAIN
    if not counting.fits(auto, auto.price_cents, at):
        again_at = counting.next_month(at)
        emails.limit_reached(auto, again_at=again_at)
        return again_at
    return None


def _under_way(user_id: int) -> int:
    """Tokens whose money a bank is still moving."""
    processing = Purchase.objects.for_user(user_id).of_tokens().filter(status=Purchase.Status.PROCESSING)
    return int(processing.aggregate(sum=Sum("tokens", default=0))["sum"])


def _due(now: datetime) -> int | None:
    is_open = TopUp.objects.filter(user=OuterRef("pk"), status__in=TopUp.OPEN)
    due = Wallet.objects.filter(
        Q(user__auto_top_up__look_again_at=None)
        | Q(user__auto_top_up__look_again_at__lte=now)
        | Q(user__auto_top_up__look_again_at__gt=now + LONGEST_WAIT),
        ~Exists(is_open),
        needs_top_up=True,
        blocked_at=None,
        user__auto_top_up__is_on=True,
    )
    soonest = F("user__auto_top_up__look_again_at").asc(nulls_first=True)
    return due.order_by(soonest, "pk").values_list("pk", flat=True).first()


def _has_open(user_id: int) -> bool:
    return TopUp.objects.filter(user=user_id, status__in=TopUp.OPEN).exists()


def _wait(user_id: int, until: datetime) -> None:
    AutoTopUp.objects.filter(pk=user_id).update(look_again_at=until)
