from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.formats import date_format

from memberships.models.plan import Plan


class Gift(models.Model):
    """A membership that staff gave free of charge, until a date, with a reason."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="gifts", verbose_name="customer")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="gifts")
    until = models.DateTimeField("expires on")
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="gifts_made", verbose_name="added by")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField("revoked at", null=True, blank=True, help_text="When staff revoked it early.")
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="gifts_ended",
        verbose_name="revoked by",
    )
    ended_reason = models.CharField("revocation reason", max_length=500, blank=True)

    class Meta:
        db_table = "membership_gifts"
        verbose_name = "complimentary plan"
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="gift_has_a_reason"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None, ended_reason="")
                | Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(ended_reason=""),
                name="gift_end_says_who_and_why",
            ),
        ]
        indexes = [models.Index(fields=["user", "-id"], name="gifts_newest_first")]

    def __str__(self) -> str:
        return f"{self.plan_id} for user {self.user_id} until {date_format(self.until)}"
