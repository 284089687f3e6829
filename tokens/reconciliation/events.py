"""Events that were never delivered, or that failed when they were: they are received as the webhook would."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any

from tokens.models import StripeEvent
from tokens.reconciliation.pages import in_pages
from tokens.reconciliation.run import Difference, Doubt, Gap, reconciles
from tokens.stripe_api import gateway
from tokens.webhooks import inbox

# How many types Stripe lets one list name.
TYPES_AT_ONCE = 20


def _look(event: dict[str, Any]) -> Gap | None:
    filed = StripeEvent.objects.filter(stripe_id=StripeEvent.filed_under(event["id"])).first()
    if filed and filed.is_settled:
        return None
    ours = "never arrived"
    if filed:
        ours = f"{filed.status} ({filed.last_error})" if filed.last_error else filed.status
    return Gap(ours, _undelivered(event), partial(inbox.receive, event))


def _undelivered(event: dict[str, Any]) -> str:
    return f"{event['type']} undelivered"


@reconciles("events")
def compare_events(since: datetime) -> Iterator[Doubt | Difference]:
    """Stripe's events since then that were not filed here, oldest first.

    Raises StripeFailed.
    """
    types = list(inbox.handled_types())
    undone: list[dict[str, Any]] = []
    for start in range(0, len(types), TYPES_AT_ONCE):
        for page in in_pages(gateway.undelivered_events_since(since, types[start : start + TYPES_AT_ONCE])):
            undone += _undone(page)
    undone.reverse()  # lists are newest first, and a second may hold several
    for event in sorted(undone, key=itemgetter("created")):
        gap = Gap("not done", _undelivered(event))
        yield Doubt("event", StripeEvent.filed_under(event["id"]), partial(_look, event), gap)


def _undone(page: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = {event["id"]: StripeEvent.filed_under(event["id"]) for event in page}
    settled = StripeEvent.objects.filter(stripe_id__in=ids.values(), status__in=StripeEvent.SETTLED)
    settled_ids = set(settled.values_list("stripe_id", flat=True))
    return [event for event in page if ids[event["id"]] not in settled_ids]
