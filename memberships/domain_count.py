"""How many domains a user has. The app with the domains registers how to count them; until then it is 0."""

from __future__ import annotations

from collections.abc import Callable

from accounts.hooks import Hook

# What is given a user's id and says how many domains are in use now.
counts_domains: Hook[Callable[[int], int]] = Hook()


def domains_used(user_id: int) -> int:
    """How many domains count against the user's plan; 0 when no app has domains."""
    return sum(count(user_id) for count in counts_domains)
