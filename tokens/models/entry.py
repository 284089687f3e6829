"""Entries: every movement of every lot. `tokens.ledger` writes them; the database refuses to change or delete one."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Max, Q, Sum

from tokens.models.spend_reversal import SpendReversal
from tokens.models.usage import TokenUsage, TokenUsageQuerySet
from tokens.models.wallet import Lot, Wallet


def _has_the_sign_of_its_kind() -> Q:
    coming = ["credit", "release", "unspend", "restore", "correct"]
    going = ["spend", "hold", "deduct", "expire", "reverse"]
    # Older repayments are pairs of entries, one of which came in.
    return Q(kind="repay") | Q(kind__in=coming, tokens__gt=0) | Q(kind__in=going, tokens__lt=0)


class LedgerEntryQuerySet(models.QuerySet["LedgerEntry"]):
    def caused_by(self, kind: LedgerEntry.Cause, *ids: int) -> LedgerEntryQuerySet:
        """The entries that one row, or some rows of one kind, brought about; but for repayments, which are not indexed.

        That is said to the database too: SQLite would not use the index otherwise.
        """
        return self.filter(cause_kind=kind, cause_id__in=ids).exclude(kind=LedgerEntry.Kind.REPAY)

    def returns_of(self, usage: TokenUsage, *, tokens: int) -> list[tuple[Lot, int]]:
        """Which lots so many of a hold's tokens return to: those burned last first."""
        if not tokens:
            return []
        returns = []
        held = self.caused_by(LedgerEntry.Cause.USAGE, usage.pk).filter(kind=LedgerEntry.Kind.HOLD)
        for entry in held.select_related("lot").order_by("-id"):
            back = min(-entry.tokens, tokens)
            if back:
                returns.append((entry.lot, back))
            tokens -= back
        return returns

    def taken_by_usages(self, usages: TokenUsageQuerySet) -> list[tuple[int, int]]:
        """(lot id, what these entries took of it for these usages and is not taken back), the last taken from first."""
        reversals = SpendReversal.objects.filter(usage__in=usages.values("pk")).values_list("pk", flat=True)
        returned = LedgerEntry.objects.caused_by(LedgerEntry.Cause.UNSPEND, *reversals)
        returned = returned.filter(kind=LedgerEntry.Kind.UNSPEND).order_by()
        came_back = dict(returned.values_list("lot").annotate(Sum("tokens")))
        last = Max("id", filter=Q(tokens__lt=0))
        taken = self.order_by().values("lot").annotate(net=Sum("tokens"), last=last).order_by("-last")
        left = [(row["lot"], -row["net"] - came_back.get(row["lot"], 0)) for row in taken]
        return [(lot, tokens) for lot, tokens in left if tokens > 0]

    def taken_by_reversals(self, reversal_ids: list[int]) -> list[tuple[int, int]]:
        """(lot id, what these reversals still have of it), the lot they took from last first."""
        kinds = [LedgerEntry.Kind.REVERSE, LedgerEntry.Kind.RESTORE, LedgerEntry.Kind.CORRECT]
        moved = self.caused_by(LedgerEntry.Cause.REVERSAL, *reversal_ids).filter(kind__in=kinds)
        made = Q(kind=LedgerEntry.Kind.RESTORE, lot__reversal=F("cause_id"))  # a lot came into being: nothing returned
        sums = (
            moved.exclude(made)
            .values("lot")
            .annotate(net=Sum("tokens"), last=Max("id"))
            .filter(net__lt=0)
            .order_by("-last")
        )
        return [(row["lot"], -row["net"]) for row in sums]


class LedgerEntry(models.Model):
    """One signed movement of one lot, with its one cause. Never changed, never deleted."""

    class Kind(models.TextChoices):
        CREDIT = "credit"
        SPEND = "spend"
        HOLD = "hold"
        RELEASE = "release"
        UNSPEND = "unspend", "Spend reversed"
        DEDUCT = "deduct"
        EXPIRE = "expire"
        REVERSE = "reverse"
        RESTORE = "restore"
        REPAY = "repay"
        CORRECT = "correct"

    class Cause(models.TextChoices):
        """Whose id `cause_id` is. A lot that expires by itself is its own cause."""

        PURCHASE = "purchase"
        USAGE = "usage"
        GRANT = "grant"
        REVERSAL = "reversal"
        POSTING = "posting"
        LOT = "lot", "Credit block"
        UNSPEND = "unspend", "Spend reversal"

    # The wallet is kept by the lot's own reference.
    wallet = models.ForeignKey(
        Wallet, models.PROTECT, related_name="entries", db_column="user_id", db_index=False, db_constraint=False
    )
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=12, choices=Kind)
    tokens = models.IntegerField(help_text="Positive for credits, negative for debits.")
    balance_after = models.BigIntegerField(null=True, blank=True, help_text="Empty where the balance stayed as it was.")
    worth_cents = models.BigIntegerField(
        "value", default=0, help_text="At the price paid for the credit block; negative for debits."
    )
    cause_kind = models.CharField("cause", max_length=8, choices=Cause)
    cause_id = models.BigIntegerField("ID of the cause")
    number = models.BigIntegerField("after usage", help_text="The number of the customer's newest usage at that time.")
    hour = models.DateTimeField(help_text="The first moment of the hour that it counts in.")
    created_at = models.DateTimeField()

    objects = LedgerEntryQuerySet.as_manager()

    class Meta:
        db_table = "ledger_entries"
        verbose_name_plural = "ledger entries"
        constraints = [
            models.CheckConstraint(condition=~Q(tokens=0), name="entry_moves_something"),
            models.CheckConstraint(condition=_has_the_sign_of_its_kind(), name="entry_has_its_sign"),
            # A second credit of the same purchase is impossible rather than unlikely: its lot is the only one.
            models.UniqueConstraint(
                fields=["cause_kind", "cause_id", "kind", "lot"], condition=~Q(kind="repay"), name="entry_once"
            ),
        ]
        indexes = [
            models.Index(fields=["wallet", "-id"], name="entries_newest_first"),
            models.Index(fields=["hour"], name="entries_by_hour"),
            # For the list of one kind, of which there may be few.
            models.Index(fields=["kind", "-id"], condition=~Q(kind__in=["credit", "spend"]), name="entries_rare_kinds"),
            # For a customer's statement, in which a spend is its usage: nothing that spends or posts writes it.
            models.Index(
                fields=["wallet", "kind", "-number", "-id"],
                condition=~Q(kind="spend") & Q(balance_after__isnull=False),
                name="entries_statement",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.tokens:+d}"
