"""What a refund or dispute in another currency comes to, where Stripe's own figures don't say: staff do, once."""

from __future__ import annotations

from decimal import Decimal

from django.utils import timezone

from tokens.models import Dispute, Purchase, Refund
from tokens.money import format_money, to_cents
from tokens.purchases import disputes, emails, refunds
from tokens.staff.acts import Why, record, require
from tokens.staff.errors import AlreadyStated, NotAnAmount, NothingUnclear
from tokens.staff.refunding import REFUND
from tokens.transactions import money_transaction


@money_transaction
def state(row: Refund | Dispute, *, amount: Decimal, why: Why) -> Refund | Dispute:
    """Count `amount` (whole units of the purchase's currency) as what the refund gave back or the dispute took.

    Tokens follow, and come back with the money as ever. Stated before, and the same: nothing happens. Raises
    NotPermitted, AlreadyStated, NothingUnclear, NotAnAmount.
    """
    require(why, REFUND, on=row.user_id)
    purchase = Purchase.objects.select_for_update().get(pk=row.purchase_id)
    row = type(row).objects.get(pk=row.pk)  # as it is now that nobody else may change it
    cents = _cents_within(purchase, amount)
    if row.stated_cents is not None:
        if row.stated_cents != cents:
            raise AlreadyStated(
                f"{format_money(row.stated_cents, purchase.currency)} was entered before and can't be changed."
            )
        return row
    if not row.unclear:
        raise NothingUnclear("Stripe now reports the amount, so you don't need to enter it.")
    said = f"{format_money(cents, purchase.currency)} for {row._meta.verbose_name} {row.stripe_id}"
    row.stated_by_id, row.stated_at = why.by.pk, timezone.now()
    _count(row, cents)
    record("state an amount", said, why=why, user_id=row.user_id)
    return row


def _count(row: Refund | Dispute, cents: int) -> None:
    if isinstance(row, Dispute):
        emails.dispute_noted(disputes.state(row, cents), row)
    else:
        emails.refund_noted(refunds.state(row, cents), row)


def _cents_within(purchase: Purchase, amount: Decimal) -> int:
    paid = purchase.expected_cents
    cents = to_cents(amount, purchase.currency)
    if cents is None or not 0 <= cents <= paid:
        least, most = format_money(0, purchase.currency), format_money(paid, purchase.currency)
        raise NotAnAmount(f"Enter an amount from {least} to {most}, in {purchase.currency.upper()}.")
    return cents
