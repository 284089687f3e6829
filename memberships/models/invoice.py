from __future__ import annotations

from django.db import models
from django.utils.formats import date_format

from memberships.models.subscription import Subscription


class Invoice(models.Model):
    """A paid invoice of a subscription, beside the purchase that is its line in the history."""

    # Invoices of these kinds pay for a whole period; others are for what changed within one.
    WHOLE_PERIOD = ("subscription_create", "subscription_cycle")

    purchase = models.OneToOneField(
        "tokens.Purchase", models.PROTECT, primary_key=True, related_name="membership_invoice"
    )
    subscription = models.ForeignKey(Subscription, models.PROTECT, related_name="invoices")
    billing_reason = models.CharField(max_length=40)
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    # Both stand with the purchase now. Written until no release reads them here any more.
    url = models.CharField("URL", max_length=2000, blank=True)
    pdf_url = models.CharField("PDF", max_length=2000, blank=True)

    class Meta:
        db_table = "membership_invoices"
        indexes = [models.Index(fields=["billing_reason", "-purchase"], name="invoices_by_reason")]

    def __str__(self) -> str:
        return f"invoice of {self.subscription_id}, {date_format(self.period_start)} to {date_format(self.period_end)}"

    @property
    def is_for_a_whole_period(self) -> bool:
        return self.billing_reason in self.WHOLE_PERIOD
