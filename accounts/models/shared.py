"""What all processes of the shop must know at once, and soon forget."""

from __future__ import annotations

from django.db import models


class CacheRow(models.Model):
    """A row of Django's database cache, which names it by its table (`accounts.limits.shared_cache`)."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "shared_cache"

    def __str__(self) -> str:
        return self.cache_key


class LimitCount(models.Model):
    """How much of a limit one client has used up: until when it is, in seconds since 1970."""

    key = models.CharField(max_length=255, primary_key=True, help_text="The limit, and who is counted.")
    until = models.FloatField()

    class Meta:
        db_table = "shared_limits"

    def __str__(self) -> str:
        return self.key
