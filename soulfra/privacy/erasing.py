"""Making a person unknown: what stands against it, and erasing what names them from every row; money rows stay.

Staff do it for a customer (`anonymising`), and customers for themselves (`closing`), by the same rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from accounts.models import ApiKey, User
from accounts.personal_data import forget, rows_in_the_log
from brands.models import CsvImport
from memberships.models import Subscription
from tokens.errors import TokenError
from tokens.ledger.wallet import lock_wallet
from tokens.models import AutoTopUp, Dispute, Purchase, Refund, RefundRequest, StaffAct, TopUp
from tokens.top_up import cards
from tokens.transactions import money_transaction

MONEY_MOVES = (Refund.Status.REQUESTED, Refund.Status.PENDING)


class StillOpen(TokenError):
    """Something about the account isn't over; the sentences say what."""

    title = "The account can't be closed yet"


def obstacles(user_id: int) -> list[str]:
    """What must be over first, a sentence for each."""
    return list(_obstacles(user_id))


def is_or_was_staff(user: User) -> bool:
    """The audit log must go on naming who did what."""
    return user.is_staff or user.is_superuser or StaffAct.objects.filter(by=user).exists()


@money_transaction
def erase(user: User) -> bool:
    """Erase a customer's name and addresses, delete their domains, shut their keys and end their sessions, for good.

    Whether this call did it; one that comes later finds nothing left. Raises StillOpen.
    """
    list(Purchase.objects.for_user(user.pk).order_by("pk").select_for_update())  # before the wallet, as everywhere
    lock_wallet(user.pk)
    user.refresh_from_db()
    if _is_erased(user):
        return False
    purchases = Purchase.objects.for_user(user.pk)
    if purchases.filter(status=Purchase.Status.PENDING, checkout_expires_at__isnull=False).exists():
        raise StillOpen("A payment page is still open. Try again in a few minutes.")
    if found := obstacles(user.pk):
        raise StillOpen(" ".join(found))
    cards.remove(user.pk, AutoTopUp.Off.CLOSING)
    unknown = _free_name(user)
    _forget_in_the_log(user, unknown)
    forget(user, unknown)
    return True


def _obstacles(user_id: int) -> Iterator[str]:
    live = Subscription.objects.live().filter(user_id=user_id)
    if live.filter(status__in=Subscription.BILLED, cancel_at=None).exists():
        yield "The membership still renews. Cancel it first."
    unpaid = live.exclude(status__in=Subscription.ENTITLED)
    if unpaid.filter(Q(status="incomplete") | ~Q(cancel_at=None)).exists():
        yield "A membership payment isn't finished. Pay it, or wait until it is given up."
    if Purchase.objects.for_user(user_id).filter(status=Purchase.Status.PROCESSING).exists():
        yield "A bank payment is on its way. Wait until it has arrived or failed."
    if TopUp.objects.filter(user=user_id, status__in=TopUp.OPEN).exists():
        yield "An automatic top-up is under way. Turn it off, and try again in a minute."
    if Refund.objects.filter(user=user_id, status__in=MONEY_MOVES).exists():
        yield "A refund is on its way. Wait until it has arrived."
    if RefundRequest.objects.filter(purchase__user=user_id, status=RefundRequest.Status.WAITING).exists():
        yield "A refund waits for approval. Wait until it's decided."
    unclear = ~Q(unclear="")
    if Dispute.objects.filter(user=user_id).filter(~Q(status__in=Dispute.CLOSED) | unclear).exists():
        yield "A payment is disputed. Wait until the dispute is closed."
    if Refund.objects.filter(unclear, user=user_id).exists():
        yield "A refund isn't settled yet. Wait until it is."
    if CsvImport.objects.of(user_id).under_way().exists():
        yield "An import is running. Wait until it's finished."


def _free_name(user: User) -> str:
    """Nobody signs up with such a name, but somebody may have before that was so."""
    name = f"anonymous-{user.pk}"
    return f"{name}-erased" if User.objects.filter(username=name).exists() else name


def _is_erased(user: User) -> bool:
    return not (user.is_active or user.email) and user.username.startswith(f"anonymous-{user.pk}")


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
