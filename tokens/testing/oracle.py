"""The balance rules once more, written as plainly as possible over plain lists: what the shop is compared with.

Nothing of the shop is imported. Lots stand in the order they came in; the caller says what happened and when.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(eq=False)
class Lot:
    """`taken` is what reversals of this purchase have of which lot, `repaid` what other lots paid of its debt; in both
    the lot that was last touched stands last."""

    remaining: int
    is_paid: bool = False
    expires_at: datetime = NEVER
    is_frozen: bool = False
    taken: list = field(default_factory=list)
    repaid: list = field(default_factory=list)


@dataclass(eq=False)
class Hold:
    taken: list
    expires_at: datetime
    state: str = "held"
    spent: int = 0

    @property
    def tokens(self):
        return sum(tokens for _, tokens in self.taken)


class Oracle:
    def __init__(self):
        self.lots, self.holds, self.expired = [], [], 0

    @property
    def balance(self):
        return sum(lot.remaining for lot in self.lots)

    @property
    def frozen(self):
        return sum(max(0, lot.remaining) for lot in self.lots if lot.is_frozen)

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

    def take(self, tokens, *, besides=None):
        taken = []
        for lot in sorted(self.lots, key=lambda lot: (lot.expires_at, lot.is_paid)):
            if lot.remaining > 0 and not lot.is_frozen and lot is not besides and tokens:
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
            if part and lot.expires_at <= now:
                self.expired += part
            elif part:
                lot.remaining += part
                returned_to.append(lot)
        self.repay(returned_to)

    def apply_due(self, now):
        for hold in self.holds:
            if hold.state == "held" and hold.expires_at <= now:
                self.end(hold, spent=0, now=now)
        self.expire(self.lots, now)

    def expire(self, lots, now):
        for lot in lots:
            if lot.remaining > 0 and lot.expires_at <= now:
                self.expired += lot.remaining
                lot.remaining = 0

    # --- money taken back and given back

    def reverse(self, own, tokens):
        """From the purchase's own lot, then from the others, then as a debt of the own lot."""
        from_own = min(max(0, own.remaining), tokens)
        own.remaining -= from_own
        others = self.take(tokens - from_own, besides=own)
        debt = tokens - from_own - sum(part for _, part in others)
        own.remaining -= debt
        for lot, part in [(own, from_own + debt), *others]:
            touch(own.taken, lot, part)

    def restore(self, own, tokens, now):
        """Undo what reversals took, newest first. The own lot fills its debt, pays back who repaid it, keeps the rest;
        what comes back to a lot that has expired is lost."""
        backs = []
        for lot, taken in reversed(own.taken):
            backs.append((lot, min(taken, tokens)))
            tokens -= min(taken, tokens)
        backs = [(lot, part) for lot, part in backs if part]
        to_own = sum(part for lot, part in backs if lot is own)
        kept = to_own - max(0, -own.remaining)
        for lot, part in backs:
            lot.remaining += part
            touch(own.taken, lot, -part)
        touched = [lot for lot, _ in backs] + self.pay_back(own, kept)
        self.expire([lot for lot in self.lots if lot in touched], now)
        self.repay([lot for lot in self.lots if lot in touched])

    def pay_back(self, own, tokens):
        """To those who repaid the own lot's debt, latest first; then to those of them who are in debt themselves."""
        payers = []
        for payer, paid in list(reversed(own.repaid)):
            part = min(paid, tokens)
            if part > 0:
                pay(own, payer, part)
                tokens -= part
                payers.append(payer)
        for payer in payers:
            part = min(own.remaining, -payer.remaining)
            if part > 0 and not own.is_frozen:
                pay(own, payer, part)
        return payers

    def repay(self, payers):
        """What has come into these lots pays the oldest debts first."""
        for debtor in self.lots:
            for payer in payers:
                part = min(payer.remaining, -debtor.remaining)
                if part > 0 and not payer.is_frozen:
                    pay(payer, debtor, part)


def pay(payer, debtor, tokens):
    """Two lots that paid for each other owe only the difference."""
    payer.remaining -= tokens
    debtor.remaining += tokens
    touch(debtor.repaid, payer, tokens)
    touch(payer.repaid, debtor, -tokens)


def touch(account, lot, tokens):
    before = sum(part for other, part in account if other is lot)
    account[:] = [(other, part) for other, part in account if other is not lot]
    if before + tokens:
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
