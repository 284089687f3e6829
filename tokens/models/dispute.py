from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from tokens.models.foreign import InAnotherCurrency


class Dispute(InAnotherCurrency):
    """A bank took money back, or asks whether it should. What Stripe said last, and how much money moved so far."""

    # An appeal may still move a lost one on; its event tells.
    CLOSED = ("won", "lost", "warning_closed", "prevented")
    ASKS_FOR_EVIDENCE = ("needs_response", "warning_needs_response", "appeal_needs_response")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="disputes", verbose_name="customer")
    purchase = models.ForeignKey("tokens.Purchase", models.PROTECT, related_name="disputes")
    stripe_id = models.CharField("Stripe ID", max_length=255, unique=True)
    status = models.CharField(max_length=40, help_text="Stripe's status.")
    reason = models.CharField(max_length=60, blank=True)
    # As Stripe says it; the currency may be another than the purchase's, and the account may settle in a third.
    amount_cents = models.PositiveBigIntegerField("amount")
    currency = models.CharField(max_length=3)
    settled_currency = models.CharField("settlement currency", max_length=3, blank=True)
    settled_taken = models.PositiveBigIntegerField(
        "withdrawn (settlement currency)", default=0, help_text="Withdrawn by Stripe's balance transactions."
    )
    settled_kept = models.PositiveBigIntegerField(
        "not reinstated (settlement currency)", default=0, help_text="The part not reinstated."
    )
    # What counts here, in the purchase's currency.
    withdrawn_cents = models.PositiveIntegerField("withdrawn", default=0, help_text="Withdrawn to date.")
    reinstated_cents = models.PositiveIntegerField("reinstated", default=0, help_text="Reinstated to date.")
    # Only while the bank waits for evidence, so that the order by deadline is the order of the queue.
    evidence_due_at = models.DateTimeField("evidence due", null=True, blank=True)
    fetched_at = models.DateTimeField("last synced", help_text="An older response never replaces a newer one.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "disputes"
        constraints = [
            models.CheckConstraint(
                condition=Q(reinstated_cents__lte=F("withdrawn_cents")), name="dispute_returns_what_it_took"
            )
        ]
        indexes = [
            models.Index(fields=["evidence_due_at", "-id"], name="disputes_by_deadline"),
            models.Index(fields=["created_at"], name="disputes_by_time"),
            models.Index(fields=["status"], name="disputes_by_status"),
            models.Index(fields=["-id"], condition=~Q(unclear=""), name="disputes_held_for_staff"),
        ]

    def __str__(self) -> str:
        return f"dispute {self.stripe_id} ({self.status})"

    @property
    def is_inquiry(self) -> bool:
        """A question by the bank; no money has moved."""
        return self.status.startswith("warning_")

    @property
    def is_closed(self) -> bool:
        return self.status in self.CLOSED

    @property
    def freezes(self) -> bool:
        """While it is open and not merely asked about, or unclear, what remains of the purchase must not be spent."""
        is_returned = 0 < self.withdrawn_cents == self.reinstated_cents or self.settled_taken > self.settled_kept == 0
        return super().freezes or not (self.is_inquiry or self.is_closed or is_returned)

    @property
    def keeps_money(self) -> bool:
        """Whether something of the purchase is gone, if only nobody knows how much."""
        return self.withdrawn_cents > self.reinstated_cents or bool(self.unclear)
