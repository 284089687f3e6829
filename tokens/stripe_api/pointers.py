"""What objects at Stripe point to: the keys of our own rows that we wrote on them, and other objects.

Objects of other products on the account have any shape, so nothing here expects one.
"""

from __future__ import annotations

import uuid
from typing import Any

from tokens.stripe_api.escaping import is_id


def as_key(text: Any) -> uuid.UUID | None:
    """The key in what stands there; None for nothing, and for what another shop on the account may have written."""
    try:
        return uuid.UUID(text) if text and isinstance(text, str) else None
    except ValueError:
        return None


def pointer_on(object: Any) -> uuid.UUID | None:
    """The purchase's key as we wrote it into an object's metadata; None for what another shop wrote in its place."""
    return as_key(part(object, "metadata").get("purchase_key"))


def part(object: Any, *names: str) -> dict[str, Any]:
    """The object within an object (plain data) by that path; an empty one where there is none."""
    for name in names:
        object = object.get(name) if isinstance(object, dict) else None
    return object if isinstance(object, dict) else {}


def id_in(object: Any, name: str) -> str | None:
    """The id of the object that an object (plain data) names there, or includes in whole."""
    named = object.get(name) if isinstance(object, dict) else None
    return own_id(named) if isinstance(named, dict) else _id(named)


def own_id(object: dict[str, Any]) -> str | None:
    """The id of an object (plain data) itself."""
    return _id(object.get("id"))


def _id(found: Any) -> str | None:
    return found if is_id(found) else None
