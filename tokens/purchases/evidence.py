"""What speaks for a purchase that is disputed: who bought from where, what they were sent, and what they used since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Min, Sum

from tokens.ledger.burning import left_of_lots
from tokens.models import LedgerEntry, Lot, Mail, Purchase, SpendReversal, TokenUsage

LATEST = 20
RECEIPTS = ("completed", "topped_up")
USES = [LedgerEntry.Kind.SPEND, LedgerEntry.Kind.HOLD, LedgerEntry.Kind.RELEASE, LedgerEntry.Kind.UNSPEND]


@dataclass(frozen=True)
class Evidence:
    """`uses` and `tokens_used` count everything spent since the purchase and not taken back; `of_this_purchase`: tokens
    of its own lot.

    `latest` has at most 20 of the uses, newest first.
    """

    purchase: Purchase
    receipt: Mail | None
    uses: int
    tokens_used: int
    of_this_purchase: int
    first_used_at: datetime | None
    last_used_at: datetime | None
    latest: list[TokenUsage]


def evidence_for(purchase: Purchase) -> Evidence:
    """A fixed number of statements, however much was used."""
    since = TokenUsage.objects.for_user(purchase.user_id).spent().filter(created_at__gte=purchase.created_at)
    sums = since.aggregate(
        uses=Sum("quantity", default=0),
        tokens=Sum("tokens_spent", default=0),
        first=Min("created_at"),
        last=Max("created_at"),
    )
    back = SpendReversal.objects.filter(usage__in=since.order_by().values("pk"))
    taken_back = back.aggregate(uses=Sum("quantity", default=0), tokens=Sum("tokens", default=0))
    return Evidence(
        purchase=purchase,
        receipt=Mail.objects.filter(about__in=[f"purchase:{purchase.pk}:{what}" for what in RECEIPTS]).first(),
        uses=sums["uses"] - taken_back["uses"],
        tokens_used=sums["tokens"] - taken_back["tokens"],
        of_this_purchase=_spent_of_its_lot(purchase),
        first_used_at=sums["first"],
        last_used_at=sums["last"],
        latest=list(since.order_by("-number")[:LATEST]),
    )


def _spent_of_its_lot(purchase: Purchase) -> int:
    """What came in and went another way, less what is left: so it is the same whatever is posted meanwhile.

    Open holds count, which are out of the lot already.
    """
    lot = Lot.objects.filter(purchase=purchase).first()
    if lot is None:
        return 0
    other = LedgerEntry.objects.filter(lot=lot).exclude(kind__in=USES).aggregate(sum=Sum("tokens", default=0))
    return int(other["sum"]) - sum(each.tokens for each in left_of_lots(purchase.user_id) if each.lot_id == lot.pk)
