from __future__ import annotations

from django.conf import settings
from django.db import models

from memberships.models.gift import Gift
from memberships.models.plan import FREE, Plan
from memberships.models.subscription import Subscription


class Membership(models.Model):
    """What a user has now: the subscription and the gift it comes from. No row: Free, and tokens first.

    Tier, status, Stripe's id and the end of the period stand here too, for SQL that asks this table alone.
    """

    class PaymentOrder(models.TextChoices):
        TOKENS_FIRST = "tokens_first", "Tokens first"
        MEMBERSHIP_FIRST = "membership_first", "Membership first"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, primary_key=True, related_name="membership", verbose_name="customer"
    )
    tier = models.ForeignKey(
        Plan,
        models.PROTECT,
        default=FREE,
        related_name="memberships",
        db_column="tier",
        help_text="The paid plan.",
        verbose_name="paid plan",
    )
    status = models.CharField(max_length=30, default="active", help_text="Stripe's status; Free is always active.")
    subscription = models.ForeignKey(Subscription, models.PROTECT, null=True, blank=True, related_name="+")
    stripe_subscription_id = models.CharField("Stripe subscription ID", max_length=255, blank=True)
    current_period_end = models.DateTimeField(null=True, blank=True)
    gift = models.ForeignKey(Gift, models.PROTECT, null=True, blank=True, related_name="+")
    payment_order = models.CharField(max_length=20, choices=PaymentOrder, default=PaymentOrder.TOKENS_FIRST)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "memberships"
        indexes = [models.Index(fields=["status", "-user"], name="memberships_by_status")]

    def __str__(self) -> str:
        return f"membership of user {self.pk}: {self.tier_id} ({self.status})"
