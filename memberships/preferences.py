"""What a user prefers about memberships: whether tokens or the membership pay first."""

from __future__ import annotations

from memberships.errors import UnknownPaymentOrder
from memberships.models import Membership
from tokens.ledger.wallet import lock_wallet
from tokens.transactions import money_transaction


@money_transaction
def choose_payment_order(user_id: int, order: str) -> Membership:
    """What pays first from now on: `tokens_first` or `membership_first`. Raises UnknownPaymentOrder."""
    if order not in Membership.PaymentOrder.values:
        raise UnknownPaymentOrder(order, Membership.PaymentOrder.values)
    lock_wallet(user_id)  # the wallet's row is the user's lock, for memberships too
    membership, _ = Membership.objects.update_or_create(user_id=user_id, defaults={"payment_order": order})
    return membership
