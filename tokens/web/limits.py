"""How often one customer may do what costs seconds or a call to Stripe: a door counts before it begins.

Pages and API count together, and so do all processes. What is refused has changed nothing, and may be sent again.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from accounts.limits import counting
from tokens.errors import TooManyRequests
from tokens.web.caller import user_id_of


@dataclass(frozen=True)
class Limit:
    """`setting` says how many a minute, and `what` there was too much of."""

    setting: str
    what: str


UPLOADS = Limit("UPLOADS_PER_MINUTE", "uploads")
PREVIEWS = Limit("PREVIEWS_PER_MINUTE", "previews")
STRIPE = Limit("STRIPE_REQUESTS_PER_MINUTE", "payment requests in a short time; nothing has changed")


def count(request: HttpRequest | Request, limit: Limit) -> None:
    """Count one act of the signed-in user. Raises TooManyRequests."""
    per_minute = getattr(settings, limit.setting)
    wait = counting.take(
        limit.setting.removesuffix("_PER_MINUTE").lower(), str(user_id_of(request)), per_minute=per_minute
    )
    if wait:
        raise TooManyRequests(wait_seconds=wait, what=limit.what)
