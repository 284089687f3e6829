"""This app's personal data, for exports and for erasure."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet

from accounts.personal_data import keeps, named_in_the_log
from memberships.models import Gift, Membership, Subscription


@keeps
def memberships(user_id: int) -> dict[str, QuerySet[Any]]:
    """For the export: a user's subscriptions, membership and complimentary plans."""
    mine: dict[str, type[Any]] = {"subscriptions": Subscription, "membership": Membership, "complimentary_plans": Gift}
    return {name: model.objects.filter(user=user_id).order_by("pk") for name, model in mine.items()}


@named_in_the_log
def rows_that_name_their_member(user_id: int) -> list[Model]:
    """The rows whose names Django's admin log repeats, of one user."""
    return [row for rows in memberships(user_id).values() for row in rows]
