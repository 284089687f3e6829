"""`{% load wording %}`: texts of others, as people read them."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import Any

from django import template

from brands.names import for_people
from tokens.wording import counted, sentence, signed

register = template.Library()
register.filter("sentence", sentence)
register.filter("domain", for_people)
register.filter("counted", counted)
register.filter("signed", signed)

# By these the shop's own usages name a row that has a page of its own and no name.
OWN_ROWS = ("export", "import")


@register.filter
def details(metadata: Any) -> list[tuple[str, Any]]:
    """What a usage says of itself: domains as people write them, and without the ids of the shop's own rows."""
    if not isinstance(metadata, dict):
        return []
    return [(key, for_people(value)) for key, value in metadata.items() if not _names_a_row(key, value)]


def _names_a_row(key: str, value: Any) -> bool:
    if key in OWN_ROWS and isinstance(value, str):
        with suppress(ValueError):
            return bool(uuid.UUID(value))
    return False
