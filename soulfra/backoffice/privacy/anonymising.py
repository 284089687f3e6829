"""Anonymising a customer: what identifies them is erased from every row; the rows, and all money, stay."""

from __future__ import annotations

import re

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from accounts.models import ApiKey, User
from accounts.personal_data import forget, rows_in_the_log
from memberships.current import get_membership
from tokens.errors import NotPermitted, TokenError
from tokens.ledger.wallet import lock_wallet
from tokens.models import Dispute, Purchase, StaffAct
from tokens.staff.acts import Why, record, require
from tokens.transactions import money_transaction

ANONYMISE = "accounts.anonymise_person"


class StillBilled(TokenError):
    """A customer whose membership is still paid for can't be anonymised."""


class StillDisputed(TokenError):
    """A customer with an open dispute or refund can't be anonymised."""


@money_transaction
def anonymise(user: User, *, why: Why) -> User:
    """Remove a customer's name and addresses, shut their keys and end their sessions, for good; money rows stay.

    Done before: nothing happens. Raises NotPermitted (also for who is or was of the staff), StillBilled, StillDisputed.
    """
    require(why, ANONYMISE, on=user.pk)
    if user.is_staff or user.is_superuser or StaffAct.objects.filter(by=user).exists():
        raise NotPermitted(
            "Staff accounts, former ones too, can't be anonymised: the audit log must name who did what."
        )
    if get_membership(user.pk).is_billed:
        raise StillBilled("Cancel the paid membership first.")
    if Dispute.objects.filter(user=user).filter(~Q(status__in=Dispute.CLOSED) | ~Q(unclear="")).exists():
        raise StillDisputed("This customer has an open dispute. Wait until it's closed.")
    list(Purchase.objects.for_user(user.pk).order_by("pk").select_for_update())  # before the wallet, as everywhere
    lock_wallet(user.pk)
    unknown = f"anonymous-{user.pk}"
    if user.username != unknown:
        _forget_in_the_log(user, unknown)
        forget(user, unknown)
        record("anonymise", f"user {user.pk}", why=why, user_id=user.pk)
    return user


def _forget_in_the_log(user: User, unknown: str) -> None:
    """Rows are named in the log as they were then, and sentences about them name their customer."""
    name = re.compile(rf"(?<!\w){re.escape(user.username)}(?!\w)")
    for row in rows_in_the_log(user.pk):
        kind = ContentType.objects.get_for_model(row)
        for entry in LogEntry.objects.filter(content_type=kind, object_id=str(row.pk)):
            entry.change_message = name.sub(unknown, entry.change_message)
            entry.object_repr = name.sub(unknown, entry.object_repr)
            if isinstance(row, ApiKey):
                entry.object_repr = f"API key {row.prefix}…"
                entry.change_message = entry.change_message.replace(str(row), entry.object_repr)
            entry.save(update_fields=["object_repr", "change_message"])
