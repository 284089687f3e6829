from __future__ import annotations

from django.conf import settings
from django.db import models

from memberships.models.plan import FREE, Plan
from memberships.models.subscription import Subscription


class Membership(models.Model):
    """A user's plan, derived from the subscription and the complimentary plan. No row: Free, and tokens first."""

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
    cancel_at = models.DateTimeField(null=True, blank=True)
    grace_until = models.DateTimeField(
        "grace period ends",
        null=True,
        blank=True,
        help_text="The plan stays active until then despite a failed renewal.",
    )
    next_tier = models.ForeignKey(
        Plan, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="next plan"
    )
    gift_tier = models.ForeignKey(
        Plan, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="complimentary plan"
    )
    gift_until = models.DateTimeField("complimentary plan expires on", null=True, blank=True)
    payment_order = models.CharField(max_length=20, choices=PaymentOrder, default=PaymentOrder.TOKENS_FIRST)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "memberships"
        indexes = [models.Index(fields=["status", "-user"], name="memberships_by_status")]

    def __str__(self) -> str:
        return f"membership of user {self.pk}: {self.tier_id} ({self.status})"
