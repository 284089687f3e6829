"""Whose domains and whose tokens a command is about: the named user, or the only customer there is."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError


def customer_named(username: str | None) -> Any:
    """Raises CommandError when there is no such user, or when several could be meant."""
    users = get_user_model().objects
    if username:
        user = users.filter(username=username).first()
        if user is None:
            raise CommandError(f"Unknown user “{username}”.")
        return user
    customers = list(users.filter(is_staff=False).order_by("pk")[:2])
    if len(customers) != 1:
        there_are = "There are several users" if customers else "There are no customers yet"
        raise CommandError(f"{there_are}: choose one with --user NAME.")
    return customers[0]
