"""Stripe's side: each user's customer there, and every event received."""

from __future__ import annotations

import uuid
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q


class StripeCustomer(models.Model):
    """A user's one Customer at Stripe. The row comes first; its key makes the call to Stripe repeatable."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="stripe_customer", verbose_name="customer"
    )
    stripe_id = models.CharField("Stripe ID", max_length=255, null=True, blank=True, unique=True)
    email = models.CharField(max_length=254, blank=True, help_text="The address last sent to Stripe.")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "stripe_customers"
        verbose_name = "Stripe customer"

    def __str__(self) -> str:
        return self.stripe_id or f"user {self.user_id}, not yet at Stripe"


class StripeEventQuerySet(models.QuerySet["StripeEvent"]):
    def due(self, now: datetime) -> StripeEventQuerySet:
        """Those that failed, and those whose process died before it could work them."""
        return self.filter(next_try_at__lte=now).exclude(status__in=StripeEvent.SETTLED)


class StripeEvent(models.Model):
    """One event, saved even if handling it fails.

    pending → done | failed | not_ours; failed → done | failed | not_ours; not_ours → done, if staff replay it
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        DONE = "done", "Processed"
        FAILED = "failed"
        NOT_OURS = "not_ours", "Not ours"

    # Nothing is left to do, and Stripe need not send it again.
    SETTLED = (Status.DONE, Status.NOT_OURS)

    stripe_id = models.CharField("Stripe ID", max_length=255, unique=True)
    type = models.CharField(max_length=100)
    api_version = models.CharField("API version", max_length=40, blank=True)
    livemode = models.BooleanField("live mode")
    payload = models.JSONField()
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField("next attempt at", null=True, blank=True)
    last_error = models.TextField(blank=True)
    received_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField("processed at", null=True, blank=True)
    is_forgotten = models.BooleanField(
        "payload deleted", default=False, db_default=False, help_text="Its payload was deleted for its age."
    )

    objects = StripeEventQuerySet.as_manager()

    class Meta:
        db_table = "stripe_events"
        verbose_name = "Stripe event"
        permissions = [
            ("replay_event", "Can retry Stripe events"),
            ("see_payload", "Can see the payload of Stripe events, with personal data"),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=~Q(next_try_at=None), name="events_to_try_again"),
            models.Index(fields=["-id"], condition=Q(status="failed"), name="events_failed"),
            models.Index(fields=["-id"], condition=Q(status="pending"), name="events_pending"),
            models.Index(fields=["-id"], condition=Q(status="not_ours"), name="events_not_ours"),
            models.Index(fields=["type", "-id"], name="events_by_type"),
            models.Index(fields=["received_at"], condition=Q(is_forgotten=False), name="events_to_forget"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.stripe_id} ({self.status})"

    @property
    def is_settled(self) -> bool:
        return self.status in self.SETTLED

    @classmethod
    def filed_under(cls, event_id: str) -> str:
        """The `stripe_id` of an event: what is too long for it is cut, and told apart by a digest."""
        return _within(event_id, 255)

    @classmethod
    def about(cls, event: dict[str, Any]) -> dict[str, Any]:
        """The fields that say which event (plain data) a row is; the payload has everything in full."""
        version = event.get("api_version")
        return {
            "stripe_id": cls.filed_under(event["id"]),
            "type": _within(event["type"], 100),
            "api_version": _within(version, 40) if isinstance(version, str) else "",
            "livemode": event["livemode"],
        }


def _within(text: str, most: int) -> str:
    digest = f"…{sha256(text.encode()).hexdigest()[:32]}"
    return text if len(text) <= most else text[: most - len(digest)] + digest
