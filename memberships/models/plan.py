"""What memberships there are: rows that staff edit. A change of price is for new subscriptions only."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from tokens.models.catalog import most_tokens
from tokens.money import CURRENCIES

FREE = "free"


class PlanQuerySet(models.QuerySet["Plan"]):
    def offered(self) -> PlanQuerySet:
        return self.filter(is_active=True)


class Plan(models.Model):
    """One tier: what it costs a month and how many domains it covers."""

    key = models.SlugField(primary_key=True, help_text="Used in the API, such as “pro”. Can't be changed later.")
    name = models.CharField(max_length=80)
    price_cents = models.PositiveIntegerField(
        "price",
        validators=[MaxValueValidator(99_999_999)],
        help_text="Per month, in the currency's smallest unit: 500 is $5.00.",
    )
    currency = models.CharField(max_length=3, default="usd", choices=[(code, code.upper()) for code in CURRENCIES])
    domain_limit = models.PositiveIntegerField(null=True, blank=True, help_text="Leave empty for unlimited domains.")
    monthly_tokens = models.PositiveIntegerField(
        default=0,
        validators=[most_tokens],
        help_text="Credited with each monthly payment; they expire at the end of that month.",
    )
    is_active = models.BooleanField("offered", default=True)
    position = models.PositiveSmallIntegerField(default=0, help_text="Display order.")

    objects = PlanQuerySet.as_manager()

    class Meta:
        db_table = "plans"
        ordering = ["position", "key"]
        constraints = [
            models.CheckConstraint(
                condition=Q(key=FREE, price_cents=0) | ~Q(key=FREE) & Q(price_cents__gt=0),
                name="plan_only_free_is_free",
            ),
            models.CheckConstraint(
                condition=~Q(key=FREE) | Q(is_active=True, domain_limit__isnull=False, monthly_tokens=0),
                name="plan_free_is_offered_and_limited",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def weight(self) -> tuple[bool, int, int]:
        """What carries more weighs more; between equals the dearer does."""
        return self.domain_limit is None, self.domain_limit or 0, self.price_cents

    def covers(self, domains: int) -> bool:
        """Whether so many domains in all are within this plan."""
        return self.domain_limit is None or domains <= self.domain_limit


class PlanPrice(models.Model):
    """A price a plan has or had, as Stripe knows it; subscriptions keep theirs when the plan's price changes."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="prices")
    amount_cents = models.PositiveIntegerField("price")
    currency = models.CharField(max_length=3)
    stripe_id = models.CharField("Stripe ID", max_length=255, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "plan_prices"

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.amount_cents} {self.currency} a month ({self.stripe_id})"
