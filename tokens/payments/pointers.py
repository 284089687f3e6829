"""The keys of our own rows as they are written on objects at Stripe: only ever pointers, and perhaps not ours."""

from __future__ import annotations

import uuid


def as_key(text: str | None) -> uuid.UUID | None:
    """The key in what stands there; None for nothing, and for what another shop on the account may have written."""
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None
