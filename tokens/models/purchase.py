from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from tokens.money import to_decimal

if TYPE_CHECKING:
    from tokens.models.refund import Refund

# Stripe: ACH Direct Debit is confirmed in up to four business days.
BANK_WORKING_DAYS = 4
SATURDAY = 5

IS_PAID = Q(status__in=["completed", "partially_refunded", "refunded"])


@dataclass(frozen=True)
class Taken:
    """Money that is gone again, in the smallest unit, and the tokens that went with it."""

    cents: int
    tokens: int


class PurchaseQuerySet(models.QuerySet["Purchase"]):
    def for_user(self, user_id: int) -> PurchaseQuerySet:
        return self.filter(user_id=user_id)

    def of_tokens(self) -> PurchaseQuerySet:
        return self.filter(type=Purchase.Type.TOKENS)

    def with_tokens(self) -> PurchaseQuerySet:
        return self.filter(tokens__gt=0)

    def of_session(self, session_id: str) -> PurchaseQuerySet:
        """The purchase of a Checkout Session; text that can be no id finds nothing."""
        return self.filter(stripe_checkout_session_id=session_id) if session_id.isprintable() else self.none()

    def paid(self) -> PurchaseQuerySet:
        return self.filter(status__in=Purchase.PAID)


class Purchase(models.Model):
    """One order. It keeps its own amount, tokens and description, whatever the catalogue says later.

    pending → processing | completed | failed | expired
    processing → completed | failed
    failed | expired → completed        (late money is still credited, once)
    completed ↔ partially_refunded ↔ refunded
    """

    class Type(models.TextChoices):
        SUBSCRIPTION = "subscription"
        TOKENS = "tokens"

    class Status(models.TextChoices):
        PENDING = "pending"
        PROCESSING = "processing"
        COMPLETED = "completed"
        FAILED = "failed"
        EXPIRED = "expired"
        PARTIALLY_REFUNDED = "partially_refunded", "Partially refunded"
        REFUNDED = "refunded"

    PAID = (Status.COMPLETED, Status.PARTIALLY_REFUNDED, Status.REFUNDED)

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="purchases", verbose_name="customer"
    )
    type = models.CharField(max_length=12, choices=Type)
    package_key = models.CharField("package", max_length=50, blank=True)
    description = models.CharField(max_length=200)
    tokens = models.PositiveIntegerField(default=0)
    tokens_expire_at = models.DateTimeField(
        null=True, blank=True, help_text="When a monthly allowance expires. Purchased tokens never expire."
    )
    amount_cents = models.PositiveIntegerField(
        "list price", help_text="The price when ordered, in the currency's smallest unit."
    )
    currency = models.CharField(max_length=3)
    paid_cents = models.PositiveIntegerField(
        "paid", null=True, blank=True, help_text="The amount Stripe collected, after discounts and with tax."
    )
    tax_cents = models.PositiveIntegerField(
        "tax", default=0, db_default=0, help_text="The part of what was paid that is tax."
    )
    tokens_reversed = models.PositiveIntegerField(
        default=0, help_text="Tokens removed by refunds and disputes to date."
    )
    reversed_cents = models.PositiveIntegerField(
        "reversed", default=0, help_text="Refunded or disputed to date, in the currency's smallest unit."
    )
    status = models.CharField(max_length=20, choices=Status, default=Status.PENDING)
    # Names this order at Stripe; unlike the id it is never used again, even by another database on the same account.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    stripe_checkout_session_id = models.CharField(
        "Stripe Checkout Session ID", max_length=255, null=True, blank=True, unique=True
    )
    stripe_payment_intent_id = models.CharField(
        "Stripe PaymentIntent ID", max_length=255, null=True, blank=True, unique=True
    )
    stripe_invoice_id = models.CharField("Stripe invoice ID", max_length=255, null=True, blank=True, unique=True)
    invoice_url = models.CharField("invoice page", max_length=2000, blank=True, default="", db_default="")
    invoice_pdf = models.CharField("invoice PDF", max_length=2000, blank=True, default="", db_default="")
    checkout_url = models.CharField("checkout URL", max_length=2000, blank=True)
    checkout_expires_at = models.DateTimeField(null=True, blank=True)
    origin = models.CharField(
        max_length=255, blank=True, help_text="Scheme and host the buyer came from and returns to."
    )
    # Where the buyer returns to instead, as a program asked for.
    success_url = models.CharField("return address", max_length=2000, blank=True, default="", db_default="")
    cancel_url = models.CharField("return address unpaid", max_length=2000, blank=True, default="", db_default="")
    client_ip = models.GenericIPAddressField("IP address", null=True, blank=True)
    user_agent = models.CharField(max_length=400, blank=True)
    is_simulated = models.BooleanField(
        "test purchase", default=False, help_text="Created by a developer command; no money moved."
    )
    fraud_warning_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the card issuer reported suspected fraud. A refund now may prevent a dispute.",
    )
    adopted_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When it was made again from Stripe's records, after the database had been restored without it.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    processing_at = models.DateTimeField(null=True, blank=True, help_text="When the customer submitted a bank payment.")
    completed_at = models.DateTimeField(null=True, blank=True)

    objects = PurchaseQuerySet.as_manager()

    class Meta:
        db_table = "purchases"
        constraints = [
            models.CheckConstraint(condition=Q(type="subscription") | Q(tokens__gt=0), name="purchase_buys_tokens"),
            models.CheckConstraint(condition=Q(tokens_reversed__lte=F("tokens")), name="purchase_reversal_fits"),
            models.CheckConstraint(
                condition=IS_PAID & Q(completed_at__isnull=False, paid_cents__isnull=False)
                | ~IS_PAID & Q(completed_at__isnull=True),
                name="purchase_paid_says_when_and_what",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="purchases_newest_first"),
            models.Index(
                fields=["created_at"], condition=Q(status__in=["pending", "processing"]), name="purchases_unsettled"
            ),
            # What the dashboard adds up of a period, without a look at the rows themselves. SQLite, too, sees that the
            # conditions follow from the question, and takes these indexes even where nobody has run ANALYZE.
            models.Index(
                fields=["completed_at", "currency", "paid_cents", "tax_cents", "user", "is_simulated"],
                condition=Q(completed_at__isnull=False),
                name="purchases_paid",
            ),
            models.Index(
                fields=["created_at", "status"],
                condition=Q(stripe_checkout_session_id__isnull=False),
                name="purchases_asked",
            ),
            models.Index(fields=["status", "created_at"], condition=Q(status="failed"), name="purchases_failed"),
            # The filters of the back office's list.
            models.Index(fields=["status", "-id"], name="purchases_by_status"),
            models.Index(fields=["-id"], condition=Q(type="subscription"), name="purchases_of_subscriptions"),
            models.Index(fields=["-id"], condition=Q(is_simulated=True), name="purchases_simulated"),
            models.Index(fields=["-id"], condition=Q(adopted_at__isnull=False), name="purchases_adopted"),
        ]

    def __str__(self) -> str:
        return f"purchase {self.pk}: {self.description} ({self.status})"

    @property
    def amount(self) -> Decimal:
        """What was paid, in whole currency units: Decimal("20.00"); nothing until the money is certain."""
        return to_decimal(self.received_cents, self.currency)

    @property
    def received_cents(self) -> int:
        """What was paid so far, in the smallest unit: 0 for one that waits, failed or expired."""
        return self.paid_cents or 0

    @property
    def worth_cents(self) -> int:
        """What the shop earned with it, in the smallest unit: what was paid without the tax, which is the state's."""
        return max(0, self.received_cents - self.tax_cents)

    @property
    def has_invoice(self) -> bool:
        """Whether Stripe has an invoice of it; where it is to be seen may be told a moment later."""
        return self.stripe_invoice_id is not None

    def tokens_for(self, cents: int) -> int:
        """The tokens that go with so much of its money, half up: all of it is all of them."""
        paid = self.received_cents
        return (2 * self.tokens * cents + paid) // (2 * paid) if paid else 0

    @property
    def refunded_part(self) -> Taken:
        """What refunds took of what is gone again. Without any nothing is read."""
        refunds = self.refunds.all() if self.reversed_cents else ()
        cents = min(self.reversed_cents, sum(refund.amount_cents for refund in refunds if refund.counts))
        return Taken(cents, min(self.tokens_reversed, self.tokens_for(cents)))

    @property
    def disputed_part(self) -> Taken:
        """What disputes took of it: the rest."""
        refunded = self.refunded_part
        return Taken(self.reversed_cents - refunded.cents, self.tokens_reversed - refunded.tokens)

    @property
    def credit_notes(self) -> list[Refund]:
        """Its refunds that stand on a credit note, oldest first. Without a refund nothing is read."""
        refunds = self.refunds.all() if self.reversed_cents else ()
        return sorted((refund for refund in refunds if refund.stripe_credit_note_id), key=lambda refund: refund.pk)

    @property
    def open_checkout_url(self) -> str | None:
        """Its hosted page while it can still be paid there."""
        return self.checkout_url if self.can_be_paid else None

    @property
    def expected_cents(self) -> int:
        """What was paid, or the price while that is not known, in the smallest unit."""
        return self.amount_cents if self.paid_cents is None else self.paid_cents

    @property
    def price_differs(self) -> bool:
        """Whether the price should stand beside what was paid: a discount, account credit, tax, or not paid yet."""
        return self.received_cents != self.amount_cents

    @property
    def can_be_paid(self) -> bool:
        """Whether its hosted page should still be open."""
        is_open = self.checkout_expires_at is not None and self.checkout_expires_at > timezone.now()
        return self.status == self.Status.PENDING and is_open

    @property
    def expected_by(self) -> date | None:
        """The last day on which a bank normally answers; bank holidays are not known here. None: no bank was asked."""
        if self.processing_at is None:
            return None
        day, left = self.processing_at.date(), BANK_WORKING_DAYS
        while left:
            day += timedelta(days=1)
            left -= day.weekday() < SATURDAY
        return day

    @property
    def is_paid(self) -> bool:
        return self.status in self.PAID
