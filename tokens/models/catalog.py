"""What is for sale and what things cost: rows that staff edit. Read them through `tokens.catalog`."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from tokens.money import CURRENCIES

# Of a pack or of a plan's month: far above any real one, and far below what a slip or a thief would type.
MOST_TOKENS = 10_000_000
most_tokens = MaxValueValidator(MOST_TOKENS, f"Enter at most {MOST_TOKENS:,} tokens.")


class TokenPackage(models.Model):
    """Tokens for sale. A change of price or size never touches what was already bought."""

    key = models.SlugField(unique=True, help_text="Used in the API, such as “pro”.")
    name = models.CharField(max_length=80)
    tokens = models.PositiveIntegerField(validators=[MinValueValidator(1), most_tokens])
    price_cents = models.PositiveIntegerField(
        "price",
        validators=[MinValueValidator(50), MaxValueValidator(99_999_999)],
        help_text="In the currency's smallest unit: 4000 is $40.00. Stripe's minimum is about $0.50.",
    )
    currency = models.CharField(max_length=3, default="usd", choices=[(code, code.upper()) for code in CURRENCIES])
    is_popular = models.BooleanField("most popular", default=False)
    is_active = models.BooleanField("for sale", default=True)
    position = models.PositiveSmallIntegerField(default=0, help_text="Display order.")

    class Meta:
        db_table = "token_packages"
        verbose_name = "pack"
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(tokens__gt=0), name="package_has_tokens"),
            models.CheckConstraint(condition=models.Q(price_cents__gt=0), name="package_has_a_price"),
        ]

    def __str__(self) -> str:
        return self.name


class ActionCost(models.Model):
    """What one action costs, in tokens."""

    key = models.SlugField(unique=True, help_text="Used in the API, such as “ai_analysis”.")
    label = models.CharField(max_length=80)
    description = models.CharField(max_length=200, blank=True)
    tokens = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    position = models.PositiveSmallIntegerField(default=0, help_text="Display order.")

    class Meta:
        db_table = "action_costs"
        ordering = ["position", "id"]
        constraints = [models.CheckConstraint(condition=models.Q(tokens__gt=0), name="action_costs_tokens")]

    def __str__(self) -> str:
        return f"{self.label} ({self.tokens})"
