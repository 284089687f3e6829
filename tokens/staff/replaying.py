"""Retrying Stripe's events, and sending emails again.

Both reach beyond the database, so the act is written first: what was tried is known even if the attempt dies.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from tokens.models import Mail, StripeEvent
from tokens.staff.acts import Why, record, require
from tokens.staff.errors import NothingToSend, PayloadGone
from tokens.webhooks import inbox

REPLAY, SEND = "tokens.replay_event", "tokens.change_mail"
AT_ONCE = 200


def replay(event: StripeEvent, *, why: Why) -> StripeEvent:
    """Work an event now, whatever its next try; the event as it is then. Done before: nothing happens.

    Raises NotPermitted, PayloadGone.
    """
    require(why, REPLAY, on=None)
    if event.is_forgotten:
        raise PayloadGone
    if event.status != StripeEvent.Status.DONE:
        record("replay", f"event {event.stripe_id} ({event.type})", why=why, user_id=None)
    return inbox.work(event)


def replay_each(events: QuerySet[StripeEvent], *, why: Why) -> tuple[list[StripeEvent], int]:
    """Work those of these that are not done, oldest first, at most 200: each as it is then.

    When Stripe does not answer for one, those after it are left as they are: how many. Raises NotPermitted.
    """
    require(why, REPLAY, on=None)
    undone = list(events.exclude(status=StripeEvent.Status.DONE).exclude(is_forgotten=True).order_by("pk")[:AT_ONCE])
    worked: list[StripeEvent] = []
    for event in undone:
        worked.append(replay(event, why=why))
        if inbox.waits_for_stripe(worked[-1]):
            break
    return worked, len(undone) - len(worked)


@transaction.atomic
def send_again(email: Mail, *, why: Why) -> Mail:
    """Have an email that waits, or was given up, sent by the next sweep. Raises NotPermitted, NothingToSend."""
    require(why, SEND, on=email.user_id)
    if email.is_forgotten:
        raise NothingToSend("The text of this email was deleted for its age.")
    again = Mail.objects.filter(pk=email.pk, is_forgotten=False).exclude(status=Mail.Status.SENT)
    if not again.update(status=Mail.Status.WAITING, attempts=0, next_try_at=timezone.now()):
        raise NothingToSend("This email was already sent.")
    record("send again", f"email {email.pk} ({email.kind})", why=why, user_id=email.user_id)
    email.refresh_from_db()
    return email
