"""Refunds and disputes as rows, without Stripe; tokens follow each."""

from django.utils import timezone

from tokens.models import Dispute, Refund
from tokens.purchases.reversals import follow_the_money


def refund(purchase, cents, **fields):
    row = Refund.objects.create(
        user_id=purchase.user_id, purchase=purchase, amount_cents=cents, source="staff", **fields
    )
    follow_the_money(purchase)
    purchase.refresh_from_db()
    return row


def undo(row):
    Refund.objects.filter(pk=row.pk).update(status="failed")
    follow_the_money(row.purchase)
    row.purchase.refresh_from_db()


def dispute(purchase, **fields):
    defaults = {"status": "needs_response", "amount_cents": purchase.paid_cents, "fetched_at": timezone.now()}
    row, _ = Dispute.objects.update_or_create(
        stripe_id="dp_1", defaults={**defaults, "user_id": purchase.user_id, "purchase": purchase, **fields}
    )
    follow_the_money(purchase)
    return row
