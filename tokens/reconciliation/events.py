"""Events that were never delivered, or that failed when they were: they are received as the webhook would."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tokens.models import StripeEvent
from tokens.reconciliation.pages import in_pages
from tokens.reconciliation.run import Difference, Gap, mend, reconciles
from tokens.stripe_api import gateway
from tokens.webhooks import inbox

# How many types Stripe lets one list name.
TYPES_AT_ONCE = 20


class Undelivered:
    what = "event"

    def __init__(self, event: dict[str, Any]) -> None:
        self.event, self.stripe_id = event, StripeEvent.filed_under(event["id"])
        self.theirs = f"{event['type']} undelivered"

    def look(self) -> Gap | None:
        filed = StripeEvent.objects.filter(stripe_id=self.stripe_id).first()
        if filed is None:
            return Gap("never arrived", self.theirs)
        if filed.is_settled:
            return None
        return Gap(f"{filed.status} ({filed.last_error})" if filed.last_error else filed.status, self.theirs)

    def repair(self) -> None:
        inbox.receive(self.event)


@reconciles("events")
def compare_events(since: datetime) -> Iterator[Difference]:
    """Oldest first, as they would have come."""
    types = list(inbox.handled_types())
    undone: list[Undelivered] = []
    for start in range(0, len(types), TYPES_AT_ONCE):
        for page in in_pages(gateway.undelivered_events_since(since, types[start : start + TYPES_AT_ONCE])):
            undone += _undone(page)
    undone.reverse()  # lists are newest first, and a second may hold several
    undone.sort(key=lambda suspect: suspect.event["created"])
    for suspect in undone:
        yield from mend(suspect, Gap("not done", suspect.theirs))


def _undone(page: list[dict[str, Any]]) -> list[Undelivered]:
    suspects = [Undelivered(event) for event in page]
    settled = StripeEvent.objects.filter(stripe_id__in=[suspect.stripe_id for suspect in suspects])
    settled_ids = set(settled.filter(status__in=StripeEvent.SETTLED).values_list("stripe_id", flat=True))
    return [suspect for suspect in suspects if suspect.stripe_id not in settled_ids]
