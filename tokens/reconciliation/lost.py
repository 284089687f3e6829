"""Checkout Sessions whose purchases this database lacks, because it was restored from before them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from tokens.models import Purchase
from tokens.purchases import adopting, checkout
from tokens.reconciliation.pages import in_pages, owned
from tokens.reconciliation.payments import SESSION, said_there
from tokens.reconciliation.run import Difference, Doubt, Gap, reconciles_lost
from tokens.stripe_api import gateway
from tokens.stripe_api.pointers import pointer_on


def _look(session_id: str) -> Gap | None:
    session = gateway.retrieve_checkout_session(session_id)
    key = pointer_on(session)
    if not key or Purchase.objects.filter(key=key).exists() or not adopting.may_bring_money(session):
        return None
    return Gap(f"no purchase {key}", said_there(session), partial(adopting.adopt, session))


@reconciles_lost("lost purchases")
def adopt_lost(since: datetime) -> Iterator[Doubt | Difference]:
    """The sessions of this shop since then that bring money, or still may, to a purchase that is not here.

    Raises StripeFailed.
    """
    sessions = gateway.payments_since("checkout.sessions", since)
    for page in in_pages(filter(checkout.is_ours, sessions)):
        for each in owned(page):
            if each.purchase is None and adopting.may_bring_money(each.object):
                gap = Gap(f"no purchase {pointer_on(each.object)}", said_there(each.object))
                yield Doubt(SESSION, each.object["id"], partial(_look, each.object["id"]), gap)
