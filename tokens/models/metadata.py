from __future__ import annotations

from typing import Any

from django.db import models

from tokens.nesting import CUT, cut

# The API takes less; rows from before it looked, and what a developer's own code wrote, may have more.
DEEPEST_SHOWN = 100


class Metadata(models.JSONField):
    """JSON of a caller's own. What is deeper than a page or an answer could show is left out when it is read."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if not isinstance(value, str) or value.count("{") + value.count("[") <= DEEPEST_SHOWN:
            return super().from_db_value(value, expression, connection)
        try:
            return cut(super().from_db_value(value, expression, connection), DEEPEST_SHOWN)
        except RecursionError:
            return {CUT: value[:1000]}

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        """As a JSONField, which is what the column is: only the reading differs."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs
