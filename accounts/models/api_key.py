"""A key with which a customer's program signs in. Only its digest is stored: not even staff can read it back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models.key_caps import KeyCaps
from accounts.scopes import ALL, USUAL, Scope


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """The vocabulary of reading keys."""

    def for_user(self, user_id: int) -> ApiKeyQuerySet:
        return self.filter(user_id=user_id)

    def active(self) -> ApiKeyQuerySet:
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None)

    def newest_first(self) -> ApiKeyQuerySet:
        return self.order_by("-id")


class ApiKey(models.Model):
    """State: `active → expired` (by the clock), `active | expired → revoked` (by its owner or by staff), never back."""

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        EXPIRED = "expired", "Expired"
        REVOKED = "revoked", "Revoked"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100, help_text="What the key is for, in its owner's words.")
    prefix = models.CharField(max_length=16, help_text="The first characters of the key, to recognise it by.")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the whole key, in hexadecimal.")
    # A key that a version before made, which knew no scopes, may do everything.
    scopes = models.CharField(
        max_length=100,
        default=USUAL,
        db_default=ALL,
        help_text="What the key may do, with spaces between.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: the key never expires.")
    warn_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When its owner is told that it expires; empty: no more."
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True, default="", db_default="", help_text="In its owner's words.")
    successor = models.OneToOneField(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="predecessor",
        help_text="The key that replaces this one.",
    )
    caps = models.ForeignKey(
        KeyCaps, models.SET_NULL, null=True, blank=True, related_name="keys", help_text="Empty: it never had a cap."
    )
    made_unverified = models.BooleanField(
        default=False,
        editable=False,
        help_text="Made while its owner had not confirmed the account's address; a password reset revokes it.",
    )
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the minute; a use may go unnoted.")
    last_used_from = models.GenericIPAddressField(null=True, blank=True, help_text="The address of that use.")

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        indexes = [
            models.Index(fields=["user", "-id"], name="api_key_newest_of_user"),
            models.Index(fields=["warn_at"], condition=Q(warn_at__isnull=False), name="api_keys_to_warn_of"),
            models.Index(fields=["prefix"], name="api_keys_by_prefix"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=models.F("created_at")),
                name="api_key_expires_after_it_was_made",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def state(self) -> State:
        if self.revoked_at is not None:
            return self.State.REVOKED
        if self.expires_at is not None and self.expires_at <= timezone.now():
            return self.State.EXPIRED
        return self.State.ACTIVE

    @property
    def scope_list(self) -> list[Scope]:
        return [Scope(name) for name in self.scopes.split()]

    @property
    def is_active(self) -> bool:
        return self.state == self.State.ACTIVE
