"""The outbox: emails to customers, written in the transaction of what they report, sent by the sweep."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class Mail(models.Model):
    """One email. Its `about` is unique, so that a fact reported twice is one email.

    waiting → sent | given_up
    """

    class Status(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        GIVEN_UP = "given_up", "Undelivered"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="mails", verbose_name="customer")
    kind = models.CharField(max_length=50, help_text="Selects the templates.")
    about = models.CharField(
        max_length=255, unique=True, help_text="Identifies the notification, such as `refund:7:sent`."
    )
    subject = models.CharField(max_length=255)
    text = models.TextField()
    html = models.TextField("HTML", blank=True)
    # Stays the same however often it is tried, so that an email sent twice after a crash is shown once.
    message_id = models.UUIDField("Message-ID", default=uuid.uuid4, unique=True, editable=False)
    address = models.CharField(max_length=254, blank=True, help_text="The address it was sent to.")
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField("next attempt at", null=True, blank=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    is_forgotten = models.BooleanField(
        "text deleted", default=False, db_default=False, help_text="Its text was deleted for its age."
    )

    class Meta:
        db_table = "mails"
        verbose_name = "email"
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(status="waiting"), name="mails_to_send"),
            models.Index(fields=["user", "-id"], name="mails_newest_first"),
            models.Index(fields=["-id"], condition=Q(status="given_up"), name="mails_given_up"),
            models.Index(fields=["kind", "-id"], name="mails_by_kind"),
            models.Index(fields=["address"], name="mails_by_address"),
            models.Index(fields=["created_at"], condition=Q(is_forgotten=False), name="mails_to_forget"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to user {self.user_id} ({self.get_status_display().lower()})"

    @property
    def heading(self) -> str:
        """Its subject; what kind it is while its texts are still to be made."""
        return self.subject or self.kind.replace("_", " ").capitalize()


class MutedMail(models.Model):
    """An opt-out: a kind of optional email that a user does not want."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="muted_mails", verbose_name="customer"
    )
    kind = models.CharField(max_length=50)

    class Meta:
        db_table = "muted_mails"
        verbose_name = "email opt-out"
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="muted_once")]

    def __str__(self) -> str:
        return f"{self.kind}: user {self.user_id} opted out"


class AccountMail(models.Model):
    """An email with a link that opens an account, encrypted, until it is sent: then the row is deleted."""

    address = models.CharField(max_length=254)
    sealed = models.TextField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, help_text="When its link is good no more; the shortest if not known.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "account_mails"
        verbose_name = "account email"
        indexes = [models.Index(fields=["next_try_at"], name="account_mails_to_send")]

    def __str__(self) -> str:
        return f"Account email {self.pk}"
