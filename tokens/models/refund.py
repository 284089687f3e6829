from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from tokens.models.foreign import InAnotherCurrency
from tokens.money import format_money

BEYOND_OFFER = "refund_beyond_offer"


class RefundQuerySet(models.QuerySet["Refund"]):
    def counting(self) -> RefundQuerySet:
        """Those whose money is gone or on its way back, pending included."""
        return self.exclude(status__in=Refund.UNDONE)


class Refund(InAnotherCurrency):
    """Money given back. The row comes first: it counts from the moment it exists until it fails.

    requested → pending | succeeded; pending → succeeded → failed; requested | pending → failed | canceled
    """

    class Status(models.TextChoices):
        REQUESTED = "requested"
        PENDING = "pending"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELED = "canceled"

    class Source(models.TextChoices):
        STAFF = "staff"
        DASHBOARD = "dashboard", "Stripe dashboard"
        SYSTEM = "system"

    UNDONE = (Status.FAILED, Status.CANCELED)

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="refunds", verbose_name="customer")
    purchase = models.ForeignKey("tokens.Purchase", models.PROTECT, related_name="refunds")
    amount_cents = models.PositiveIntegerField("amount", help_text="In the purchase's currency.")
    # As Stripe says it, only where that is in another currency than the purchase's.
    stripe_cents = models.PositiveBigIntegerField("amount at Stripe", null=True, blank=True)
    stripe_currency = models.CharField("currency at Stripe", max_length=3, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.REQUESTED)
    source = models.CharField(max_length=10, choices=Source)
    reason = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="refunds_made")
    failure = models.CharField("failure reason", max_length=500, blank=True, help_text="Why it failed.")
    # Names this refund at Stripe, so that asking again never refunds twice.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    stripe_id = models.CharField("Stripe ID", max_length=255, null=True, blank=True, unique=True)
    # Set when it succeeds and its purchase has an invoice; cleared when the note is there, or Stripe will have none.
    needs_credit_note = models.BooleanField(default=False, db_default=False, editable=False)
    stripe_credit_note_id = models.CharField("credit note", max_length=255, null=True, blank=True, unique=True)
    credit_note_pdf = models.CharField("credit note PDF", max_length=2000, blank=True, default="", db_default="")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        db_table = "refunds"
        permissions = [
            ("refund_purchase", "Can refund the unspent share"),
            (BEYOND_OFFER, "Can refund more than the unspent share"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_cents__gt=0) | ~Q(stripe_currency=""),
                name="refund_has_an_amount_or_another_currency",
            )
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(status="requested"), name="refunds_to_send"),
            models.Index(fields=["id"], condition=Q(needs_credit_note=True), name="refunds_to_credit"),
            models.Index(fields=["created_at"], name="refunds_by_time"),
            models.Index(fields=["status", "-id"], name="refunds_by_status"),
            models.Index(fields=["-id"], condition=~Q(unclear=""), name="refunds_held_for_staff"),
        ]

    def __str__(self) -> str:
        return f"refund {self.pk} of {self.amount_cents} ({self.status})"

    @property
    def counts(self) -> bool:
        return self.status not in self.UNDONE

    @property
    def as_sent(self) -> tuple[int, str]:
        """Amount and currency as Stripe has them; 0 where only the currency is known yet."""
        if self.stripe_currency:
            return self.stripe_cents or 0, self.stripe_currency
        return self.amount_cents, self.purchase.currency

    @property
    def in_words(self) -> str:
        """For people: what counts, and what Stripe said where that is something else."""
        counts = format_money(self.amount_cents, self.purchase.currency)
        if self.stripe_cents is None:
            return counts
        said = format_money(self.stripe_cents, self.stripe_currency)
        return f"{said}, needs amount" if self.unclear else f"{said} ({counts})"
