"""The inbox of Stripe events: each is filed under its unique id, handled once, and saved even if handling it fails.

Other apps register what they do on an event with `@handles("invoice.paid")`; an app lower down never imports them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from tokens import jobs, rows
from tokens.database_trouble import trouble_in
from tokens.errors import NotOurs, StripeBusy, StripeUnreachable
from tokens.leases import wait_before_next
from tokens.models import StripeEvent
from tokens.stripe_api import gateway
from tokens.stripe_api.escaping import keepable
from tokens.transactions import money_transaction

log = logging.getLogger(__name__)

Handler = Callable[[Any], Any]
Preparation = Callable[[dict[str, Any]], Any]
# Several apps may act on one type, such as a checkout that was completed; each in its turn, in one transaction.
_handlers: dict[str, list[tuple[Handler, Preparation | None]]] = {}

# Long after any delivery is over: what is still not worked then has lost its process.
WORKED_BY_THEN = timedelta(minutes=5)
FIRST_RETRY = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
# About ten days at most; what hasn't succeeded by then waits for staff.
LAST_ATTEMPT = 45
AT_ONCE = 200


def handles(*types: str, after: Preparation | None = None) -> Callable[[Handler], Handler]:
    """Register the function that is given the `data.object` (plain data) of events of these types.

    `after` names a function that is given the object first, outside any transaction, so that it may ask Stripe; the
    handler then gets what that returned. Either raises NotOurs for what is none of this shop's business, before
    anything is changed; when all do, the event is settled as that.
    """

    def register(handler: Handler) -> Handler:
        for event_type in types:
            _handlers.setdefault(event_type, []).append((handler, after))
        return handler

    return register


def handled_types() -> Iterable[str]:
    """The event types this shop acts on: what the webhook endpoint at Stripe must be subscribed to."""
    return sorted(_handlers)


def receive(payload: dict[str, Any]) -> StripeEvent:
    """File a verified event and work it, unless that has been done. A second delivery waits for the first.

    `payload` is as `gateway.verified_event` gives it. The event is returned with its status: settled, or failed with
    its error, to be tried again.
    """
    if payload.get("api_version") != gateway.API_VERSION:
        log.error(
            "Stripe event %s is of API version %s, this shop reads %s: set the webhook endpoint's version.",
            payload["id"],
            payload.get("api_version"),
            gateway.API_VERSION,
        )
    stripe_id = StripeEvent.filed_under(payload["id"])
    event = rows.find(StripeEvent, stripe_id=stripe_id)
    if event is None:
        event = _fresh(payload)
        if not rows.create_once(event):
            event = rows.get(StripeEvent, stripe_id=stripe_id)
    return event if event.is_settled else work(event)


def _fresh(payload: dict[str, Any]) -> StripeEvent:
    """To be filed. Nothing is to be done for a type that nobody handles, nor for another account's event."""
    event = StripeEvent(**StripeEvent.about(payload), payload=payload, next_try_at=timezone.now() + WORKED_BY_THEN)
    if _is_of_another_account(payload):
        _settle(event, StripeEvent.Status.NOT_OURS)
    elif event.type not in _handlers:
        _settle(event, StripeEvent.Status.DONE)
    event.attempts = int(event.is_settled)
    return event


def _is_of_another_account(payload: dict[str, Any]) -> bool:
    """Only what happened on a connected account names one; the shop's own events never do."""
    return bool(payload.get("account"))


def _settle(event: StripeEvent, status: StripeEvent.Status) -> None:
    event.status, event.done_at = status, timezone.now()
    event.last_error, event.next_try_at = "", None


def work(event: StripeEvent) -> StripeEvent:
    """Work an event that has been filed. Already done: nothing happens."""
    if event.status == StripeEvent.Status.DONE:
        return event
    try:
        tasks = list(_prepared(event))
    except Exception as error:
        if trouble_in(error):
            raise
        return _work(event.pk, [], cannot=error)
    return _work(event.pk, tasks)


def _prepared(event: StripeEvent) -> Iterator[tuple[Handler, Any]]:
    """The handlers to run, each with its subject; none for another account's event."""
    if _is_of_another_account(event.payload):
        return
    subject = event.payload["data"]["object"]
    for handler, after in _handlers.get(event.type, []):
        try:
            yield handler, after(subject) if after else subject
        except NotOurs as error:
            log.debug("Stripe event %s (%s) is not ours: %s", event.stripe_id, event.type, error)


def work_due() -> int:
    """Try again the events whose time has come; how many are done now. One that cannot be worked stops no other."""
    done = 0
    for event in StripeEvent.objects.due(timezone.now()).order_by("next_try_at")[:AT_ONCE]:
        if jobs.stopping.is_set():
            break
        try:
            worked = work(event)
        except Exception:
            log.exception("Stripe event %s could not even be tried", event.stripe_id)
            continue
        if waits_for_stripe(worked):
            break  # it is not waited for again for each of them
        done += worked.is_settled
    return done


def waits_for_stripe(event: StripeEvent) -> bool:
    """Whether it could not be worked because Stripe did not answer: nor would it for the next one now."""
    return event.last_error.startswith((StripeUnreachable.__name__, StripeBusy.__name__))


@money_transaction
def _work(event_id: int, tasks: list[tuple[Handler, Any]], *, cannot: Exception | None = None) -> StripeEvent:
    event = rows.get(StripeEvent, pk=event_id, lock=True)
    if event.status == StripeEvent.Status.DONE:
        return event
    event.attempts += 1
    try:
        if cannot:
            raise cannot
        with transaction.atomic():  # the savepoint that lets the failure below be written
            is_ours = [_run(handler, subject, event) for handler, subject in tasks]
    except Exception as error:
        if trouble_in(error):
            raise
        log.exception("Stripe event %s (%s) failed", event.stripe_id, event.type)
        _note_failure(event, error)
    else:
        _settle(event, StripeEvent.Status.DONE if any(is_ours) else StripeEvent.Status.NOT_OURS)
    rows.update(event, "status", "attempts", "last_error", "next_try_at", "done_at")
    return event


def _run(handler: Handler, subject: Any, event: StripeEvent) -> bool:
    """Whether the event was this handler's business."""
    try:
        handler(subject)
    except NotOurs as error:
        log.debug("Stripe event %s (%s) is not ours: %s", event.stripe_id, event.type, error)
        return False
    return True


def _note_failure(event: StripeEvent, error: Exception) -> None:
    wait = wait_before_next(event.attempts, first=FIRST_RETRY, longest=LONGEST_WAIT)
    event.status = StripeEvent.Status.FAILED
    event.last_error = keepable(f"{type(error).__name__}: {error}")
    event.next_try_at = timezone.now() + wait if event.attempts < LAST_ATTEMPT else None
