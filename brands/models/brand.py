from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from brands.idn import to_unicode


class BrandQuerySet(models.QuerySet["Brand"]):
    def of(self, user_id: int) -> BrandQuerySet:
        """A user's brands: those of an import that is still under way are not there yet."""
        return self.filter(owner_id=user_id, is_staged=False)

    def visible(self) -> BrandQuerySet:
        return self.filter(is_staged=False)


class Brand(models.Model):
    """A domain that somebody runs as a brand. One per owner and registrable domain."""

    class Tier(models.TextChoices):
        FOUNDATION = "foundation"
        BUSINESS = "business"
        CREATIVE = "creative"

    class Type(models.TextChoices):
        BLOG = "blog"
        GAME = "game"
        COMMUNITY = "community"
        PLATFORM = "platform"
        DIRECTORY = "directory"

    class PaidBy(models.TextChoices):
        TOKENS = "tokens"
        MEMBERSHIP = "membership"
        FREE = "free"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="brands", verbose_name="customer")
    domain = models.CharField(max_length=253, help_text="The registrable domain in ASCII, such as xn--bcher-kva.de.")
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=120)
    category = models.ForeignKey(
        "brands.Category", models.PROTECT, null=True, blank=True, related_name="brands", db_column="category"
    )
    tier = models.CharField(max_length=20, choices=Tier, default=Tier.FOUNDATION)
    brand_type = models.CharField(max_length=20, choices=Type, blank=True)
    emoji = models.CharField(max_length=32, blank=True)
    tagline = models.CharField(max_length=200, blank=True)
    target_audience = models.CharField(max_length=300, blank=True)
    purpose = models.CharField(max_length=500, blank=True)
    industry = models.CharField(max_length=120, blank=True)
    region = models.CharField(max_length=120, blank=True)
    strategy = models.CharField(max_length=1000, blank=True)
    is_test = models.BooleanField("test domain", default=False)
    is_lookalike = models.BooleanField(
        "lookalike domain", default=False, help_text="Mixes letters from several scripts, as spoofed domains do."
    )
    paid_by = models.CharField(max_length=12, choices=PaidBy, editable=False)
    csv_import = models.ForeignKey(
        "brands.CsvImport",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="brands",
        editable=False,
        verbose_name="CSV import",
    )
    is_staged = models.BooleanField(
        "import in progress", default=False, editable=False, help_text="Part of an import in progress."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = BrandQuerySet.as_manager()

    class Meta:
        db_table = "brands"
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "domain"], condition=Q(is_staged=False), name="brand_once_per_owner"
            ),
            models.UniqueConstraint(
                fields=["csv_import", "domain"], condition=Q(is_staged=True), name="brand_staged_once_per_import"
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "-id"], name="brands_newest_first"),
            models.Index(fields=["domain"], name="brands_by_domain"),
            models.Index(fields=["csv_import"], condition=Q(is_staged=True), name="brands_staged"),
        ]

    def __str__(self) -> str:
        return self.domain_shown

    @property
    def in_a_line(self) -> str:
        """Its name and its tagline, which may begin with the name."""
        if not self.tagline or self.tagline.casefold().startswith(self.name.casefold()):
            return self.tagline or self.name
        return f"{self.name}: {self.tagline}"

    @property
    def domain_shown(self) -> str:
        """The domain as people write it; one that looks like another stays in ASCII."""
        return self.domain if self.is_lookalike else to_unicode(self.domain)
