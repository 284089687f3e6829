from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from memberships.models.plan import Plan


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def live(self) -> SubscriptionQuerySet:
        """Those that have not ended, a first payment that never came included."""
        return self.filter(status__in=Subscription.LIVE)

    def billed(self) -> SubscriptionQuerySet:
        """Those Stripe bills, or tries to: paid at least once, and not ended."""
        return self.filter(status__in=Subscription.BILLED)

    def staying(self, user_id: int) -> SubscriptionQuerySet:
        """A user's that need not be ended, the oldest first."""
        return self.filter(user_id=user_id, end_reason="").order_by("started_at", "stripe_id")

    def to_end(self) -> SubscriptionQuerySet:
        """Those that must be ended, or ended and refunded, at Stripe."""
        return self.exclude(end_reason="").filter(ending_done_at=None)


class Subscription(models.Model):
    """A subscription at Stripe, as it was when last asked: the status is Stripe's own word.

    incomplete → active | incomplete_expired; active ↔ past_due; active | past_due | unpaid → canceled
    """

    class EndReason(models.TextChoices):
        DUPLICATE = "duplicate"
        REFUNDED = "refunded"
        DISPUTED = "disputed"

    ENTITLED = ("active", "trialing")
    BILLED = (*ENTITLED, "past_due", "unpaid", "paused")
    LIVE = (*BILLED, "incomplete")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="subscriptions", verbose_name="customer"
    )
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="subscriptions")
    stripe_id = models.CharField("Stripe ID", max_length=255, unique=True)
    item_id = models.CharField(
        "Stripe item ID", max_length=255, help_text="The subscription item that a plan change updates."
    )
    status = models.CharField(max_length=30)
    amount_cents = models.PositiveIntegerField(
        "price", help_text="Per month, in the currency's smallest unit, as agreed by this customer."
    )
    currency = models.CharField(max_length=3)
    current_period_start = models.DateTimeField()
    current_period_end = models.DateTimeField()
    cancel_at = models.DateTimeField(null=True, blank=True, help_text="When it ends automatically.")
    next_plan = models.ForeignKey(Plan, models.PROTECT, null=True, blank=True, related_name="+")
    released_plan = models.ForeignKey(
        Plan,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The scheduled plan that an unfinished change replaced; Free for a cancellation.",
    )
    wanted_plan = models.ForeignKey(
        Plan,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The plan requested by that change.",
        verbose_name="requested plan",
    )
    schedule_id = models.CharField(
        "Stripe schedule ID",
        max_length=255,
        blank=True,
        help_text="The Stripe schedule that changes the plan at the end of the period.",
    )
    invoice_url = models.CharField(
        "invoice URL", max_length=2000, blank=True, help_text="Where the customer can pay an open invoice."
    )
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    unpaid_since = models.DateTimeField(null=True, blank=True, help_text="When a payment first failed.")
    fetched_at = models.DateTimeField("last synced", help_text="An older response never replaces a newer one.")
    end_reason = models.CharField("cancellation reason", max_length=10, choices=EndReason, blank=True)
    ending_done_at = models.DateTimeField("cancellation completed at", null=True, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        db_table = "subscriptions"
        indexes = [
            models.Index(fields=["status", "-id"], name="subscriptions_by_status"),
            models.Index(
                fields=["fetched_at"], condition=~Q(end_reason="") & Q(ending_done_at=None), name="subscriptions_to_end"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.stripe_id} ({self.status})"

    @property
    def is_live(self) -> bool:
        return self.status in self.LIVE

    @property
    def is_billed(self) -> bool:
        return self.status in self.BILLED

    @property
    def grace_until(self) -> datetime | None:
        """While something is unpaid: until when it still counts, by our clock from when the failure was heard of."""
        if self.status != "past_due":
            return None
        since = self.unpaid_since or self.fetched_at
        return since + timedelta(days=settings.MEMBERSHIP_GRACE_DAYS)
