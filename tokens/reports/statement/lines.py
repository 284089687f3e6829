"""What each movement was, in words: from the rows that caused it, read together for a page of lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import TextChoices

from tokens.catalog import Catalog, get_catalog
from tokens.models import Grant, LedgerEntry, Lot, Purchase, Reversal, TokenUsage
from tokens.reports.statement.positions import Position
from tokens.reports.statement.rows import Row
from tokens.wording import counted

Cause = LedgerEntry.Cause
LONGEST = 300


class Kind(TextChoices):
    """What a line can be."""

    PURCHASE = "purchase"
    MEMBERSHIP = "membership"
    GRANT = "grant"
    DEDUCTION = "deduction"
    SPEND = "spend"
    HOLD = "hold", "On hold"
    RELEASE = "release", "Hold returned"
    REFUND = "refund"
    DISPUTE = "dispute"
    RETURN = "return", "Refund or dispute undone"
    EXPIRY = "expiry"


# Which of these a reversal is, only its words tell.
REVERSED = (Kind.REFUND, Kind.DISPUTE, Kind.RETURN)


@dataclass(frozen=True)
class Line:
    """One event. `tokens` is signed; `amount_cents`, in `currency`, is what the customer paid or got back (below 0).

    `what` are words, `about` the domain that an action was for, as it was named, if it was for one. `repeated` says of
    an action what its repeats have in common; nothing else repeats.
    """

    id: str
    at: datetime
    kind: Kind
    what: str
    about: str
    tokens: int
    balance_after: int
    amount_cents: int | None
    currency: str | None
    reference: str
    repeated: str
    place: Position

    @property
    def description(self) -> str:
        return f"{self.what}, {self.about}" if self.about else self.what


@dataclass(frozen=True)
class Said:
    """What the rows behind a line say of it."""

    kind: Kind
    what: str
    reference: str
    amount_cents: int | None = None
    currency: str | None = None
    repeated: str = ""
    about: str = ""


class Causes:
    """The rows behind a page of movements, each table asked once."""

    def __init__(self, rows: Iterable[Row]) -> None:
        ids: dict[str, set[int]] = {}
        for row in rows:
            ids.setdefault(row.cause_kind, set()).add(row.cause_id)
        of = lambda kind: ids.get(kind, set())  # noqa: E731
        self.usages = TokenUsage.objects.in_bulk(of(Cause.USAGE))
        self.grants = Grant.objects.in_bulk(of(Cause.GRANT))
        self.purchases = Purchase.objects.in_bulk(of(Cause.PURCHASE))
        self.lots = Lot.objects.select_related("purchase", "grant").in_bulk(of(Cause.LOT))
        self.reversals = Reversal.objects.select_related("purchase").in_bulk(of(Cause.REVERSAL))
        self.money_before = self._money_before() if self.reversals else {}
        self.catalog: Catalog = get_catalog()

    def say(self, row: Row) -> Said:
        """What one movement was."""
        return SAY[row.what](self, row)

    def _money_before(self) -> dict[int, tuple[int, int]]:
        """reversal id → what the one before it, of the same purchase, said was refunded and disputed."""
        purchases = {reversal.purchase_id for reversal in self.reversals.values()}
        steps = Reversal.objects.filter(purchase__in=purchases).order_by("pk")
        latest: dict[int, tuple[int, int]] = {}
        before = {}
        for pk, purchase, *money in steps.values_list("pk", "purchase", "refunded_cents", "disputed_cents"):
            before[pk] = latest.get(purchase, (0, 0))
            latest[purchase] = money[0], money[1]
        return before

    # --- each kind of movement

    def credit(self, row: Row) -> Said:
        if row.cause_kind == Cause.GRANT:
            grant = self.grants[row.cause_id]
            until = f", expire {_day(grant.expires_at)}" if grant.expires_at else ""
            return Said(Kind.GRANT, f"Tokens granted{_why(grant)}{until}", f"grant {grant.pk}")
        purchase = self.purchases[row.cause_id]
        kind = Kind.PURCHASE if purchase.type == Purchase.Type.TOKENS else Kind.MEMBERSHIP
        amount = None if purchase.is_simulated else purchase.paid_cents
        currency = None if amount is None else purchase.currency
        until = f", expires {_day(purchase.tokens_expire_at)}" if purchase.tokens_expire_at else ""
        return Said(kind, f"{purchase.description}{until}", f"purchase {purchase.pk}", amount, currency)

    def deduct(self, row: Row) -> Said:
        grant = self.grants[row.cause_id]
        return Said(Kind.DEDUCTION, f"Tokens deducted{_why(grant)}", f"grant {grant.pk}")

    def spend(self, row: Row) -> Said:
        usage = self.usages[row.cause_id]
        return self._about(Kind.SPEND, "{}", usage)

    def hold(self, row: Row) -> Said:
        usage = self.usages[row.cause_id]
        if usage.status == TokenUsage.Status.SPENT:
            return self._about(Kind.SPEND, "{}", usage)
        words = {"held": "On hold: {}", "released": "Put on hold: {}"}
        return self._about(Kind.HOLD, words[usage.status], usage)

    def release(self, row: Row) -> Said:
        usage = self.usages[row.cause_id]
        words = {"spent": "Not needed, returned: {}", "released": "Returned: {}"}[usage.status]
        if usage.reason == TokenUsage.Reason.EXPIRED:
            words = "Hold expired, returned: {}"
        return self._about(Kind.RELEASE, words, usage)

    def expire(self, row: Row) -> Said:
        if row.cause_kind == Cause.LOT:
            lot = self.lots[row.cause_id]
            if lot.purchase:
                return Said(Kind.EXPIRY, f"Expired: {_name(lot.purchase)}", f"purchase {lot.purchase.pk}")
            came = f"granted on {_day(lot.created_at)}" if lot.grant else f"returned on {_day(lot.created_at)}"
            reference = f"grant {lot.grant.pk}" if lot.grant else ""
            return Said(Kind.EXPIRY, f"Expired: {counted(lot.tokens, 'token')} {came}", reference)
        if row.cause_kind == Cause.USAGE:
            return self._about(Kind.EXPIRY, "Expired on return: {}", self.usages[row.cause_id])
        purchase = self.reversals[row.cause_id].purchase
        return Said(Kind.EXPIRY, f"Expired on return: {_name(purchase)}", f"purchase {purchase.pk}")

    def reversal(self, row: Row) -> Said:
        reversal = self.reversals[row.cause_id]
        purchase, paid = reversal.purchase, reversal.purchase.paid_cents or 0
        refunded, disputed = self.money_before[reversal.pk]
        more_refunded, more_disputed = reversal.refunded_cents - refunded, reversal.disputed_cents - disputed
        back = min(paid, reversal.refunded_cents + reversal.disputed_cents) - min(paid, refunded + disputed)
        is_dispute = abs(more_disputed) > abs(more_refunded)
        is_back = reversal.tokens_after < reversal.tokens_before
        kind = Kind.RETURN if is_back else Kind.DISPUTE if is_dispute else Kind.REFUND
        said = ("Dispute" if is_dispute else "Refund") + (" undone" if is_back else "")
        amount = None if purchase.is_simulated else -back
        currency = None if amount is None else purchase.currency
        return Said(kind, f"{said}: {_name(purchase)}", f"purchase {purchase.pk}", amount, currency)

    def made(self, row: Row) -> Said:
        """What of a return had been repaid meanwhile; with the money of it all, where nothing else returned."""
        reversal, said = self.reversals[row.cause_id], self.reversal(row)
        if reversal.tokens_before - reversal.tokens_after == row.tokens:
            return said
        return Said(said.kind, said.what, said.reference)

    def _about(self, kind: Kind, words: str, usage: TokenUsage) -> Said:
        """What is said of a usage: in words around its action, and apart from these the domain that it was for."""
        label, metadata = self.catalog.label(usage.action), usage.metadata if isinstance(usage.metadata, dict) else {}
        times = f" × {usage.quantity:,}" if usage.quantity > 1 else ""
        what = words.format(f"{label}{times}{_of_file(metadata)}")
        reference, repeated = f"usage {usage.pk}", words.format(label)
        return Said(kind, what, reference, repeated=repeated, about=_text(metadata.get("domain")))


SAY: dict[str, Callable[[Causes, Row], Said]] = {
    "credit": Causes.credit,
    "deduct": Causes.deduct,
    "spend": Causes.spend,
    "hold": Causes.hold,
    "release": Causes.release,
    "expire": Causes.expire,
    "reversal": Causes.reversal,
    "made": Causes.made,
}
# What a line is named by: the row that stays for good.
IDS = {"spend": "usage", "reversal": "reversal"}


def line_of(row: Row, said: Said, balance_after: int) -> Line:
    """A movement and what is said of it."""
    return Line(
        id=f"{IDS.get(row.what, 'entry')}-{row.id}",
        at=row.at,
        kind=said.kind,
        what=said.what,
        about=said.about,
        tokens=row.tokens,
        balance_after=balance_after,
        amount_cents=said.amount_cents,
        currency=said.currency,
        reference=said.reference,
        repeated=said.repeated,
        place=row.place,
    )


def _of_file(metadata: dict[str, Any]) -> str:
    """The file that an action was for, if it was for one, and how many of its domains were charged."""
    if not (name := _text(metadata.get("file"))):
        return ""
    domains = metadata.get("domains")
    return f" from {name}" + (f" ({counted(domains, 'domain')})" if type(domains) is int and domains > 0 else "")


def _text(value: object) -> str:
    """Metadata may be anything that a program sent."""
    return value[:LONGEST] if isinstance(value, str) and value.isprintable() else ""


def _name(purchase: Purchase) -> str:
    """What was bought, without how many tokens it was, which a line says itself."""
    return purchase.description.partition(": ")[0]


def _why(grant: Grant) -> str:
    return f" ({grant.told_reason})" if grant.told_reason else ""


def _day(at: datetime) -> str:
    return f"{at:%b} {at.day}, {at.year}"
