"""Columns and fields of the back office that many pages have: a related row as a link, money, an id of Stripe's."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

from django.contrib import admin
from django.db.models import Model

from accounts.models import ApiKey
from tokens.money import format_money
from tokens.web.admin.links import named_link, row_link
from tokens.web.admin.stripe_links import at_stripe

Column = Callable[[Any, Any], str]


def linked(*paths: str, name: str) -> Column:
    """The row at the first of these paths (as in a query) where there is one, as a link to its page."""

    @admin.display(description=name)
    def column(page: Any, row: Model) -> str:
        return row_link(next(filter(None, (_at(row, path) for path in paths)), None))

    return column


def money(amount: str, currency: str = "currency", *, name: str, suffix: str = "") -> Column:
    """The cents and the currency at these paths, for people."""

    @admin.display(description=name, ordering=amount)
    def column(page: Any, row: Model) -> str:
        return format_money(_at(row, amount), _at(row, currency)) + suffix

    return column


def stripe_id(kind: str, path: str = "stripe_id", *, name: str = "Stripe ID") -> Column:
    """The id at this path, as `at_stripe` shows it."""

    @admin.display(description=name)
    def column(page: Any, row: Model) -> str:
        return at_stripe(kind, _at(row, path))

    return column


@admin.display(description="API key")
def asking_key(page: Any, row: Any) -> str:
    """The API key that asked, as a link to its page, without reading it; a dash for none."""
    return named_link(f"API key {row.api_key}", ApiKey(pk=row.api_key)) if row.api_key else "-"


def _at(row: Any, path: str) -> Any:
    """What stands there; None where something on the way is missing."""
    return reduce(lambda found, part: getattr(found, part, None), path.split("__"), row)
