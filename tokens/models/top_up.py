"""Automatic top-up: what a customer agreed to, what is so now, and each time that it bought."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from tokens.money import format_money


class TopUpConsent(models.Model):
    """What a customer ticked, in the words they read. Never changed: it is the proof of each charge made under it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="top_up_consents", verbose_name="customer"
    )
    text = models.TextField()
    address = models.GenericIPAddressField("IP address", null=True, blank=True)
    package_key = models.CharField("pack", max_length=50)
    tokens = models.PositiveIntegerField()
    price_cents = models.PositiveIntegerField("price", help_text="In the currency's smallest unit.")
    currency = models.CharField(max_length=3)
    threshold = models.PositiveIntegerField(help_text="Fewer available tokens are topped up.")
    monthly_limit_cents = models.PositiveIntegerField("monthly limit", help_text="In the currency's smallest unit.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "top_up_consents"
        verbose_name = "consent to automatic top-up"
        verbose_name_plural = "consents to automatic top-up"
        indexes = [models.Index(fields=["user", "-id"], name="top_up_consents_newest")]

    def __str__(self) -> str:
        return f"consent {self.pk} of user {self.user_id}"


class AutoTopUp(models.Model):
    """Whether a customer's tokens are topped up, and on which terms: at most those of the consent."""

    class Off(models.TextChoices):
        """Why it is off. After the customer's own choice it can be turned on again without asking anew."""

        CUSTOMER = "customer", "You turned it off"
        LINK = "link", "It was turned off with a link in an email"
        STAFF = "staff", "Support turned it off"
        DECLINED = "declined", "Your card was declined three times"
        CARD_EXPIRED = "card_expired", "Your card has expired"
        CARD_REMOVED = "card_removed", "Your card was removed or can't be charged"
        PRICE = "price", "The pack's price or size changed"
        REFUND = "refund", "An automatic top-up was refunded"
        DISPUTE = "dispute", "A payment was disputed"
        FRAUD_WARNING = "fraud_warning", "Your bank reported a payment as possible fraud"
        CLOSING = "closing", "The account was closed"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, primary_key=True, related_name="auto_top_up", verbose_name="customer"
    )
    consent = models.ForeignKey(TopUpConsent, models.PROTECT, related_name="+")
    is_on = models.BooleanField("on")
    package_key = models.CharField("pack", max_length=50)
    tokens = models.PositiveIntegerField()
    price_cents = models.PositiveIntegerField("price", help_text="In the currency's smallest unit.")
    currency = models.CharField(max_length=3)
    threshold = models.PositiveIntegerField(help_text="Fewer available tokens are topped up.")
    monthly_limit_cents = models.PositiveIntegerField("monthly limit", help_text="In the currency's smallest unit.")
    off_reason = models.CharField("why it is off", max_length=20, choices=Off, blank=True)
    off_at = models.DateTimeField("turned off at", null=True, blank=True)
    look_again_at = models.DateTimeField(
        "waits until", null=True, blank=True, help_text="Nothing is bought before: the limit, or money on its way."
    )

    class Meta:
        db_table = "auto_top_ups"
        verbose_name = "automatic top-up"
        permissions = [("turn_off_top_up", "Can turn off automatic top-up")]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_on=True, off_reason="", off_at=None)
                | Q(is_on=False, off_at__isnull=False) & ~Q(off_reason=""),
                name="auto_top_up_off_says_why",
            ),
            models.CheckConstraint(condition=Q(threshold__lte=F("tokens")), name="auto_top_up_pack_is_enough"),
            models.CheckConstraint(
                condition=Q(price_cents__lte=F("monthly_limit_cents")), name="auto_top_up_limit_buys"
            ),
        ]

    def __str__(self) -> str:
        return f"automatic top-up of user {self.user_id} ({'on' if self.is_on else 'off'})"

    @property
    def price(self) -> str:
        return format_money(self.price_cents, self.currency)

    @property
    def monthly_limit(self) -> str:
        return format_money(self.monthly_limit_cents, self.currency)

    @property
    def reason(self) -> str:
        """Why it is off, as the middle of a sentence: “your card has expired”."""
        label = self.get_off_reason_display()
        return label[:1].lower() + label[1:]

    @property
    def may_resume(self) -> bool:
        """Whether the consent still stands while it is off."""
        return self.is_on or self.off_reason == self.Off.CUSTOMER


class TopUp(models.Model):
    """One time that the balance fell below the threshold, and the purchase that was made of it.

    waiting → done | needs_confirmation | stopping
    needs_confirmation → done | stopping
    stopping → given_up | failed        (done, where the money had been taken after all)
    """

    class Status(models.TextChoices):
        WAITING = "waiting"
        NEEDS_CONFIRMATION = "needs_confirmation", "Needs confirmation"
        STOPPING = "stopping"
        DONE = "done"
        FAILED = "failed"
        GIVEN_UP = "given_up", "Given up"

    OPEN = (Status.WAITING, Status.NEEDS_CONFIRMATION, Status.STOPPING)

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="top_ups", verbose_name="customer")
    crossing = models.PositiveIntegerField(help_text="Which of the customer's crossings of the threshold it is.")
    consent = models.ForeignKey(TopUpConsent, models.PROTECT, null=True, blank=True, related_name="top_ups")
    purchase = models.OneToOneField("tokens.Purchase", models.PROTECT, related_name="top_up")
    status = models.CharField(max_length=20, choices=Status, default=Status.WAITING)
    card = models.CharField(max_length=50, blank=True, help_text="The one that was charged, or tried, last.")
    declines = models.PositiveSmallIntegerField(default=0, help_text="How often the card was declined.")
    attempts = models.PositiveIntegerField(default=0, help_text="How often a worker took it.")
    next_try_at = models.DateTimeField("next attempt at", null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "top_ups"
        verbose_name = "top-up"
        constraints = [
            models.UniqueConstraint(fields=["user", "crossing"], name="top_up_once_for_a_crossing"),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(status__in=["waiting", "needs_confirmation", "stopping"]),
                name="top_up_one_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="top_ups_to_be_worked"),
            models.Index(fields=["user", "-id"], name="top_ups_newest_first"),
        ]

    def __str__(self) -> str:
        return f"top-up {self.pk}: crossing {self.crossing} of user {self.user_id} ({self.status})"

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN


def month_of(at: datetime) -> date:
    """The first day of the month, in UTC."""
    return at.astimezone(UTC).date().replace(day=1)
