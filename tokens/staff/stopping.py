"""Suspending and reinstating a customer's spending, and releasing a forgotten hold."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from tokens.ledger.wallet import allow_spending, lock_wallet, stop_spending
from tokens.models import TokenUsage, Wallet
from tokens.spending import holds
from tokens.staff.acts import Why, record, require
from tokens.transactions import money_transaction

FREEZE, RELEASE = "tokens.freeze_tokens", "tokens.release_hold"


@money_transaction
def block(user: AbstractBaseUser, *, why: Why) -> Wallet:
    """Suspend spending: every spend and hold is refused from now on. Repeating it does nothing. Raises NotPermitted."""
    require(why, FREEZE, on=user.pk)
    wallet = lock_wallet(user.pk)
    if wallet.blocked_at is None:
        stop_spending(wallet, at=timezone.now())
        record("block", f"wallet of user {user.pk}", why=why, user_id=user.pk)
    return wallet


@money_transaction
def unblock(user: AbstractBaseUser, *, why: Why) -> Wallet:
    """Reinstate spending again. Already so: nothing happens. Raises NotPermitted."""
    require(why, FREEZE, on=user.pk)
    wallet = lock_wallet(user.pk)
    if wallet.blocked_at is not None:
        allow_spending(wallet)
        record("unblock", f"wallet of user {user.pk}", why=why, user_id=user.pk)
    return wallet


@money_transaction
def release(usage: TokenUsage, *, why: Why) -> TokenUsage:
    """Give a hold's tokens back. Released before: nothing happens. Raises NotPermitted, HoldEnded, UnknownHold."""
    require(why, RELEASE, on=usage.user_id)
    lock_wallet(usage.user_id)
    was_held = TokenUsage.objects.held().filter(pk=usage.pk).exists()
    usage = holds.release(usage)
    if was_held and usage.reason == TokenUsage.Reason.CALLER:
        record("release a hold", f"hold {usage.pk} ({usage.action})", why=why, user_id=usage.user_id)
    return usage
