"""The balance rules once more, written as plainly as possible over plain lists: what the shop is compared with.

Nothing of the shop is imported. Lots stand in the order they came in; the caller says what happened and when.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(eq=False)
class Lot:
    """`taken` is what reversals of this purchase still have of which lot; the lot that was last touched stands last."""

    tokens: int
    is_paid: bool = False
    expires_at: datetime = NEVER
    is_frozen: bool = False
    remaining: int = field(init=False)
    taken: list = field(default_factory=list)

    def __post_init__(self):
        self.remaining = self.tokens


@dataclass(eq=False)
class Hold:
    taken: list
    expires_at: datetime
    state: str = "held"
    spent: int = 0

    @property
    def tokens(self):
        return sum(tokens for _, tokens in self.taken)

    @property
    def kept(self):
        """What was taken for good, of a hold that was captured: the first of it."""
        left, kept = self.spent, []
        for lot, tokens in self.taken:
            kept.append((lot, min(tokens, left)))
            left -= kept[-1][1]
        return kept


class Oracle:
    """`debt` is what reversals of money could find in no lot, in tokens. While there is one, every lot is empty or
    frozen."""

    def __init__(self):
        self.lots, self.holds, self.debt, self.expired = [], [], 0, 0

    @property
    def balance(self):
        return sum(lot.remaining for lot in self.lots) - self.debt

    @property
    def frozen(self):
        return sum(lot.remaining for lot in self.lots if lot.is_frozen)

    @property
    def available(self):
        return max(0, self.balance - self.frozen)

    # --- in and out

    def come_in(self, tokens, *, is_paid=False, expires_at=None):
        lot = Lot(tokens, is_paid=is_paid, expires_at=expires_at or NEVER)
        self.lots.append(lot)
        self.repay([lot])
        return lot

    def burn(self, tokens):
        """Soonest expiry first, then free before paid, then oldest. What was taken from which lot, in this order."""
        taken = self.take(tokens)
        assert sum(part for _, part in taken) == tokens, "more was spent than there was"
        return taken

    def take(self, tokens):
        taken = []
        for lot in sorted(self.lots, key=lambda lot: (lot.expires_at, lot.is_paid)):
            if lot.remaining and not lot.is_frozen and tokens:
                part = min(lot.remaining, tokens)
                lot.remaining -= part
                tokens -= part
                taken.append((lot, part))
        return taken

    def hold(self, tokens, expires_at):
        self.holds.append(Hold(self.burn(tokens), expires_at))
        return self.holds[-1]

    def end(self, hold, *, spent, now):
        """Keep the first `spent` of what was taken, give the rest back, what was burned last first."""
        hold.state, hold.spent = ("spent" if spent else "released"), spent
        back, returned_to = hold.tokens - spent, []
        for lot, tokens in reversed(hold.taken):
            part = min(tokens, back)
            back -= part
            if part:
                give(lot, part)
                returned_to.append(lot)
        self.expire(returned_to, now)
        self.repay(returned_to)

    def take_back(self, taken, tokens, now):
        """Work that was paid for failed: so many tokens return to what they were taken from, what was last, first.

        `taken` is what was taken for it from which lot, in this order, and says afterwards what is left of that. In a
        lot that has expired they are lost, and in any other they pay the debt.
        """
        returned_to = []
        for nth, (lot, part) in reversed(list(enumerate(taken))):
            back = min(part, tokens)
            tokens -= back
            taken[nth] = (lot, part - back)
            if back:
                give(lot, back)
                returned_to.append(lot)
        assert not tokens, "more was taken back than was spent"
        self.expire(returned_to, now)
        self.repay(returned_to)

    def apply_due(self, now):
        for hold in self.holds:
            if hold.state == "held" and hold.expires_at <= now:
                self.end(hold, spent=0, now=now)
        self.expire(self.lots, now)

    def expire(self, lots, now):
        for lot in lots:
            if lot.expires_at <= now:
                self.expired += lot.remaining
                lot.remaining = 0

    def repay(self, lots):
        """What has come into these lots pays the debt, the first of them first."""
        for lot in lots:
            if not lot.is_frozen:
                part = min(lot.remaining, self.debt)
                lot.remaining -= part
                self.debt -= part

    def freeze(self, lot, is_frozen):
        lot.is_frozen = is_frozen
        self.repay([lot])

    # --- money taken back and given back

    def reverse(self, own, tokens):
        """From the purchase's own lot, even a frozen one, then from the others in burn order; the rest is a debt."""
        from_own = min(own.remaining, tokens)
        own.remaining -= from_own
        parts = [(own, from_own), *self.take(tokens - from_own)]
        self.debt += tokens - sum(part for _, part in parts)
        for lot, part in parts:
            touch(own.taken, lot, part)

    def restore(self, own, tokens, now):
        """The debt falls. Then the lots that this purchase's reversals took from get theirs back, the latest first;
        in one that has expired it is lost. What is left had been repaid meanwhile, and is a lot that nobody paid for.

        The debt was gone before anything came back, so nothing of it has to be repaid.
        """
        forgiven = min(self.debt, tokens)
        self.debt -= forgiven
        left = tokens - forgiven
        for lot, taken in list(reversed(own.taken)):
            part = min(taken, left)
            left -= part
            give(lot, part)
            touch(own.taken, lot, -part)
        if left:
            self.lots.append(Lot(left))
        self.expire(self.lots, now)


def give(lot, tokens):
    lot.remaining += tokens
    assert lot.remaining <= lot.tokens, "more came back than was ever in it"


def touch(account, lot, tokens):
    before = sum(part for other, part in account if other is lot)
    if tokens:
        account[:] = [(other, part) for other, part in account if other is not lot]
    if tokens and before + tokens:
        account.append((lot, before + tokens))


# --- the money of one purchase --------------------------------------------------------------


@dataclass
class Money:
    """The money of one purchase. `refunds`: id -> (cents, status); `disputes`: id -> (status, out, back)."""

    tokens: int
    state: str = "pending"
    paid: int = 0
    refunds: dict = field(default_factory=dict)
    disputes: dict = field(default_factory=dict)

    @property
    def refunded(self):
        return sum(cents for cents, status in self.refunds.values() if status not in ("failed", "canceled"))

    @property
    def tokens_reversed(self):
        withdrawn = sum(out - back for _, out, back in self.disputes.values())
        gone = min(self.paid, self.refunded + withdrawn)
        return (2 * self.tokens * gone + self.paid) // (2 * self.paid) if self.paid else 0

    @property
    def status(self):
        if self.state != "completed" or not self.refunded:
            return self.state
        return "refunded" if self.refunded >= self.paid else "partially_refunded"

    @property
    def is_frozen(self):
        return any(
            not status.startswith("warning_") and status not in ("won", "lost", "prevented") and not 0 < out == back
            for status, out, back in self.disputes.values()
        )


def in_order(facts, tokens_of):
    """What a shop that hears everything at once and in order knows of each purchase.

    `facts` are (what, purchase, …) as they happened: paid with its cents, processing, failed, expired, refund and
    dispute with their id and what `Money` keeps of them.
    """
    known: dict = {}
    for what, purchase, *rest in facts:
        money = known.setdefault(purchase, Money(tokens_of[purchase]))
        if what == "paid":
            money.state, (money.paid,) = "completed", rest
        elif what == "refund":
            money.refunds[rest[0]] = tuple(rest[1:])
        elif what == "dispute":
            money.disputes[rest[0]] = tuple(rest[1:])
        elif money.state == "pending" or (money.state == "processing" and what == "failed"):
            money.state = what
    return known
