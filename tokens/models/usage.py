from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property


class TokenUsageQuerySet(models.QuerySet["TokenUsage"]):
    def for_user(self, user_id: int) -> TokenUsageQuerySet:
        return self.filter(user_id=user_id)

    def spent(self) -> TokenUsageQuerySet:
        return self.filter(status=TokenUsage.Status.SPENT)


class TokenUsage(models.Model):
    """The document of a spend: what for, and how many tokens.

    held → spent | released; a plain spend starts at spent.
    """

    class Status(models.TextChoices):
        HELD = "held"
        SPENT = "spent"
        RELEASED = "released"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="token_usage")
    action = models.CharField(max_length=50)
    tokens_spent = models.PositiveIntegerField()
    metadata = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.SPENT)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TokenUsageQuerySet.as_manager()

    class Meta:
        db_table = "token_usage"
        verbose_name_plural = "token usage"
        constraints = [
            models.CheckConstraint(
                condition=Q(tokens_spent__gt=0) | Q(status="released", tokens_spent=0), name="usage_spends_something"
            ),
        ]
        indexes = [models.Index(fields=["user", "-id"], name="usage_newest_first")]

    def __str__(self) -> str:
        return f"{self.action}: {self.tokens_spent}"

    @cached_property
    def balance_after(self) -> int:
        """The user's balance right after this usage's last movement, in tokens."""
        return self.entries.values_list("balance_after", flat=True).latest("id")
