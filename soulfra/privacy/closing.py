"""Deleting one's own account: what is lost, what must be over first, and the act."""

from __future__ import annotations

import logging

from django.utils.formats import date_format

from accounts.models import ApiKey, User
from memberships.current import get_membership
from memberships.domain_count import domains_used
from memberships.models.plan import FREE
from memberships.subscriptions import checkout as membership_checkout
from soulfra.privacy.erasing import erase, is_or_was_staff, obstacles
from tokens.emails.parting import account_deleted
from tokens.errors import NotPermitted
from tokens.ledger.wallet import get_token_balance
from tokens.purchases import checkout
from tokens.transactions import money_transaction
from tokens.wording import counted

log = logging.getLogger(__name__)

NOT_STAFF = "Accounts of staff, former ones too, can't be deleted: the audit log must name who did what."


def in_the_way(user: User) -> list[str]:
    """Why this account can't be deleted now, a sentence for each reason."""
    return [NOT_STAFF] if is_or_was_staff(user) else obstacles(user.pk)


def what_is_lost(user: User) -> list[str]:
    """What goes with the account, in words."""
    membership, domains = get_membership(user.pk), domains_used(user.pk)
    balance = get_token_balance(user.pk)
    keys = ApiKey.objects.for_user(user.pk).active().count()
    lost = []
    if balance > 0:
        lost.append(f"{counted(balance, 'token')}, without a refund")
    if membership.tier != FREE:
        until = membership.cancel_at or membership.gift_until
        lost.append(f"Your {membership.plan} plan" + (f", paid until {date_format(until)}" if until else ""))
    if domains:
        lost.append(f"{counted(domains, 'domain')}, with details and analyses")
    if keys:
        lost.append(f"{counted(keys, 'API key')}, and the programs that use {'it' if keys == 1 else 'them'}")
    return lost


def close(user: User) -> None:
    """Delete a customer's own account; the last email says so. Pages on which they could still pay are closed first.

    Raises NotPermitted for who is or was of the staff, StillOpen.
    """
    if is_or_was_staff(user):
        raise NotPermitted(NOT_STAFF)
    checkout.close_pages(user.pk)
    membership_checkout.close_pages(user.pk)
    _erase(user)


@money_transaction
def _erase(user: User) -> None:
    address, name = user.email, user.username
    if erase(user):
        account_deleted(user, address=address, name=name)
        log.info("User %s deleted their account.", user.pk)
