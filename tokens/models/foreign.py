from __future__ import annotations

from django.conf import settings
from django.db import models


class InAnotherCurrency(models.Model):
    """Money that Stripe may say in another currency than the purchase's: why it waits, or who said what it comes to.

    unclear → stated        (once)
    """

    unclear = models.CharField(max_length=300, blank=True, help_text="Why staff must enter the amount.")
    stated_cents = models.PositiveIntegerField(
        null=True, blank=True, help_text="The amount entered by staff, in the purchase's currency."
    )
    stated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    stated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def freezes(self) -> bool:
        """While nobody knows what it comes to, what remains of the purchase must not be spent."""
        return bool(self.unclear)
