"""How many tokens an API key may spend, and what counts toward that."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class KeyCaps(models.Model):
    """Caps per day and month (UTC). A key shares them with the key that replaces it, which would else double them.

    What counts is written by the ledger alone (`tokens.ledger.limits`), under the lock of the owner's wallet.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    day_limit = models.BigIntegerField("daily cap", null=True, blank=True, help_text="Tokens; empty for none.")
    month_limit = models.BigIntegerField("monthly cap", null=True, blank=True, help_text="Tokens; empty for none.")
    # What was spent and is on hold of the day that a key of these last spent on, and of that day's month.
    spent_on = models.DateField("last spent on", null=True, blank=True)
    spent_in_day = models.BigIntegerField("spent that day", default=0)
    spent_in_month = models.BigIntegerField("spent that month", default=0)

    class Meta:
        verbose_name = "caps of an API key"
        verbose_name_plural = "caps of API keys"
        constraints = [
            models.CheckConstraint(
                condition=Q(spent_in_day__gte=0, spent_in_month__gte=0), name="key_caps_count_from_zero"
            )
        ]

    def __str__(self) -> str:
        day, month = ("no" if cap is None else f"{cap:,}" for cap in (self.day_limit, self.month_limit))
        return f"daily cap {day}, monthly cap {month}"
