from __future__ import annotations

from django.db import models


class Category(models.Model):
    """What a brand is about. Staff may add more."""

    key = models.SlugField(primary_key=True, help_text="Used in the API and CSV files, such as “cooking”.")
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0, help_text="Display order.")

    class Meta:
        db_table = "brand_categories"
        ordering = ["position", "key"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name
