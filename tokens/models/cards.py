"""Cards of customers: the one that automatic top-up charges, those to come with a purchase, and those to forget."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q


class SavedCardQuerySet(models.QuerySet["SavedCard"]):
    def of(self, user_id: int) -> SavedCard | None:
        """The card that may be charged for this user, unless it has expired."""
        return self.filter(user=user_id).first()


class SavedCard(models.Model):
    """The card that automatic top-up charges; it stays at Stripe, and here is what tells it from others."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, primary_key=True, related_name="saved_card", verbose_name="customer"
    )
    stripe_id = models.CharField("Stripe PaymentMethod ID", max_length=255, unique=True)
    brand = models.CharField(max_length=30)
    last4 = models.CharField("last four digits", max_length=4)
    exp_month = models.PositiveSmallIntegerField("expires in month")
    exp_year = models.PositiveSmallIntegerField("expires in year")
    saved_at = models.DateTimeField()

    objects = SavedCardQuerySet.as_manager()

    class Meta:
        db_table = "saved_cards"

    def __str__(self) -> str:
        return f"{self.brand} ending in {self.last4}"

    @property
    def expires(self) -> str:
        """The end of this month is the last day that it is good."""
        return f"{self.exp_month}/{self.exp_year}"

    def is_expired(self, at: datetime) -> bool:
        """A card is good until the end of its month."""
        return (self.exp_year, self.exp_month) < (at.year, at.month)


class CardToForget(models.Model):
    """A card that was replaced or removed: Stripe is asked to forget it, and nothing late brings it back.

    `next_try_at` is empty once Stripe has forgotten it. The row stays, for an event may come after that.
    """

    stripe_id = models.CharField("Stripe PaymentMethod ID", max_length=255, primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="cards_to_forget", verbose_name="customer"
    )
    next_try_at = models.DateTimeField("next attempt at", null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0, help_text="How often a worker took it.")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "cards_to_forget"
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="cards_still_to_forget")
        ]

    def __str__(self) -> str:
        return f"card {self.stripe_id} of user {self.user_id}"


class CardWish(models.Model):
    """What a customer ticked at a purchase: the card that pays is to be saved. `card` is the one that was.

    `next_try_at` is empty once Stripe has been asked which card it was, or once no payment can come any more.
    """

    purchase = models.OneToOneField("tokens.Purchase", models.PROTECT, primary_key=True, related_name="card_wish")
    text = models.TextField(help_text="What was read and ticked.")
    card = models.CharField(max_length=50, blank=True)
    next_try_at = models.DateTimeField("next attempt at", null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0, help_text="How often it was looked at.")

    class Meta:
        db_table = "card_wishes"
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="card_wishes_still_open")
        ]

    def __str__(self) -> str:
        return f"card of purchase {self.purchase_id}"
