from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q, Subquery
from django.utils import timezone

from tokens.models.metadata import Metadata
from tokens.models.wallet import Wallet


class TokenUsageQuerySet(models.QuerySet["TokenUsage"]):
    def for_user(self, user_id: int) -> TokenUsageQuerySet:
        return self.filter(user_id=user_id)

    def held(self) -> TokenUsageQuerySet:
        return self.filter(status=TokenUsage.Status.HELD)

    def holds(self) -> TokenUsageQuerySet:
        """What began as a hold, whatever became of it."""
        return self.filter(expires_at__isnull=False)

    def spent(self) -> TokenUsageQuerySet:
        return self.filter(status=TokenUsage.Status.SPENT)

    def spent_at_once(self) -> TokenUsageQuerySet:
        """Plain spends; what began as a hold is none."""
        return self.filter(expires_at__isnull=True)

    def unposted_of(self, user_id: int) -> TokenUsageQuerySet:
        """One user's usages that are not taken out of lots, nor counted in totals, yet. All of them are plain."""
        wallet = Wallet.objects.filter(pk=user_id)
        # With both ends, PostgreSQL knows that it is a short stretch, and doesn't read the whole table for it.
        posted, last = (Subquery(wallet.values(name)) for name in ("posted_number", "last_number"))
        return self.filter(user_id=user_id, number__gt=posted, number__lte=last)


class TokenUsage(models.Model):
    """The document of a spend or a hold: what for, and how many tokens.

    held → spent | released; a plain spend starts at spent. While held, tokens_spent is what is held; once released, 0.
    """

    class Status(models.TextChoices):
        HELD = "held", "On hold"
        SPENT = "spent"
        RELEASED = "released"

    class Reason(models.TextChoices):
        """Why a hold was released."""

        CALLER = "caller", "API client"
        EXPIRED = "expired"

    # Checked by the wallet's own reference: no usage is written but under the lock of its user's wallet.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="token_usage",
        db_index=False,
        db_constraint=False,
        verbose_name="customer",
    )
    number = models.BigIntegerField(help_text="The customer's first usage is 1, and no number is left out.")
    action = models.CharField(max_length=50)
    quantity = models.PositiveIntegerField(default=1, help_text="How many times the action was paid for.")
    tokens_spent = models.PositiveIntegerField()
    metadata = Metadata(default=dict, blank=True)
    api_key = models.BigIntegerField("API key", null=True, blank=True, help_text="The ID of the key that asked.")
    # The caller's idempotency key and request, as digests. Of a call for many, the first usage has them.
    key_digest = models.UUIDField(null=True, editable=False)
    request_digest = models.UUIDField(null=True, editable=False)
    batch_size = models.PositiveIntegerField(default=1, help_text="How many usages one call with a key made.")
    status = models.CharField(max_length=10, choices=Status, default=Status.SPENT)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Holds only: when it is released automatically.")
    reason = models.CharField("released by", max_length=10, choices=Reason, blank=True)
    balance_after = models.BigIntegerField(help_text="The balance after the last change, in tokens.")
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Holds only: when it was captured or released.")

    objects = TokenUsageQuerySet.as_manager()

    class Meta:
        db_table = "token_usage"
        verbose_name_plural = "token usage"
        permissions = [("release_hold", "Can release holds")]
        constraints = [
            models.UniqueConstraint(fields=["user", "number"], name="usage_number_once"),
            models.UniqueConstraint(
                fields=["user", "key_digest"], condition=Q(key_digest__isnull=False), name="usage_key_once"
            ),
            # On PostgreSQL, which reads a check anew for every spend, a trigger asks what stands below, and raises the
            # same error; to change one there is to change the trigger's function.
            models.CheckConstraint(condition=Q(quantity__gt=0, batch_size__gt=0), name="usage_counts_something"),
            models.CheckConstraint(
                condition=Q(tokens_spent__gt=0) | Q(status="released", tokens_spent=0), name="usage_spends_something"
            ),
            models.CheckConstraint(condition=~Q(status="held") | Q(expires_at__isnull=False), name="hold_expires"),
            models.CheckConstraint(
                condition=Q(status="released", reason__in=["caller", "expired"]) | ~Q(status="released") & Q(reason=""),
                name="release_has_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "expires_at"], condition=Q(status="held"), name="usage_held"),
            models.Index(fields=["user", "-number"], condition=Q(expires_at__isnull=False), name="usage_holds"),
            models.Index(fields=["-id"], condition=Q(status="released"), name="usage_released"),
            # What was held counts as spent when it was captured; a plain spend is in neither end of this index.
            models.Index(
                fields=["ended_at"], condition=Q(status="spent", ended_at__isnull=False), name="usage_captured"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action}: {self.tokens_spent}"

    @property
    def reason_or_none(self) -> str | None:
        """Why a hold was released; None for any other usage."""
        return self.reason or None
