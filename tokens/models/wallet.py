"""Wallet, lots and entries: who has how many tokens, where they came from, and every movement of them.

Only `tokens.ledger.writer` writes these rows; the database refuses to change or delete an entry.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Max, Q, Sum
from django.utils import timezone

if TYPE_CHECKING:
    from tokens.models.usage import TokenUsage

LOTS_AT_A_TIME = 100


class Wallet(models.Model):
    """One user's tokens. Its row is the lock that every movement takes; a missing one reads as 0."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, primary_key=True, related_name="wallet", verbose_name="customer"
    )
    balance = models.BigIntegerField(default=0, help_text="Tokens in all credit blocks, less tokens on hold.")
    held = models.BigIntegerField("on hold", default=0, help_text="Tokens reserved by open holds.")
    frozen = models.BigIntegerField(default=0, help_text="Tokens in frozen credit blocks.")
    debt = models.BigIntegerField(default=0, help_text="Tokens the customer owes.")
    due_at = models.DateTimeField(
        "next expiry", null=True, blank=True, help_text="When the next credit block may expire."
    )
    blocked_at = models.DateTimeField("suspended at", null=True, blank=True, help_text="When staff suspended spending.")
    calls_until = models.DateTimeField(
        null=True, blank=True, help_text="Until when API calls that spend have used up this wallet's rate."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(default=timezone.now, help_text="When it last changed.")

    class Meta:
        db_table = "wallets"
        permissions = [
            ("freeze_tokens", "Can freeze and unfreeze a customer's lots"),
            ("see_reports", "Can see reports"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="wallets_due"),
            models.Index(fields=["-user"], condition=Q(blocked_at__isnull=False), name="wallets_blocked"),
        ]
        constraints = [
            # Only a reversal of money makes debt, so spending can never take a balance below zero.
            models.CheckConstraint(condition=Q(balance__gte=-F("debt")), name="wallet_balance_covered"),
            models.CheckConstraint(condition=Q(held__gte=0, frozen__gte=0, debt__gte=0), name="wallet_parts_positive"),
        ]

    def __str__(self) -> str:
        return f"wallet of user {self.pk}: {self.balance}"

    @property
    def available(self) -> int:
        """What a spend may use, in tokens."""
        return 0 if self.blocked_at else max(0, self.balance - self.frozen)

    @property
    def owed(self) -> int:
        """What the next credit will repay, in tokens."""
        return max(0, -self.balance)


class LotQuerySet(models.QuerySet["Lot"]):
    def open(self) -> LotQuerySet:
        return self.filter(is_open=True)

    def spendable(self) -> LotQuerySet:
        return self.open().filter(frozen_at=None)

    def in_burn_order(self) -> LotQuerySet:
        """Soonest expiry first, then free before paid, then oldest."""
        return self.order_by(F("expires_at").asc(nulls_last=True), "is_paid", "id")

    def spendable_from(self, wallet: Wallet) -> Iterator[Lot]:
        """A wallet's spendable lots in burn order, a page at a time: a spend rarely needs more than the first."""
        lots, start = self.filter(wallet=wallet).spendable().in_burn_order(), 0
        while page := list(lots[start : start + LOTS_AT_A_TIME]):
            yield from page
            start += LOTS_AT_A_TIME


class Lot(models.Model):
    """Tokens that came in together: a purchase, a grant, a month's allowance."""

    wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="lots", db_column="user_id")
    purchase = models.OneToOneField("tokens.Purchase", models.PROTECT, null=True, blank=True, related_name="lot")
    grant = models.OneToOneField("tokens.Grant", models.PROTECT, null=True, blank=True, related_name="lot")
    tokens = models.PositiveIntegerField()
    remaining = models.IntegerField(help_text="Negative when a reversal left a debt.")
    paid_cents = models.PositiveIntegerField("paid", help_text="The price of the whole block; 0 for a grant.")
    currency = models.CharField(max_length=3)
    is_paid = models.GeneratedField(
        expression=models.ExpressionWrapper(Q(paid_cents__gt=0), output_field=models.BooleanField()),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    # What the index below is limited by. It stays the same while tokens are left, and so an update of `remaining` alone
    # touches no index at all (PostgreSQL's heap-only update).
    is_open = models.GeneratedField(
        expression=models.ExpressionWrapper(Q(remaining__gt=0), output_field=models.BooleanField()),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Leave empty for tokens that never expire.")
    frozen_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LotQuerySet.as_manager()

    class Meta:
        db_table = "lots"
        verbose_name = "credit block"
        constraints = [
            models.CheckConstraint(condition=Q(tokens__gt=0), name="lot_has_tokens"),
            models.CheckConstraint(condition=Q(remaining__lte=F("tokens")), name="lot_never_overfull"),
        ]
        indexes = [
            # Burn order over open lots only, so that a spend's look-up stays flat however many lots are used up.
            models.Index(
                fields=["wallet", "expires_at", "is_paid", "id"],
                condition=Q(is_open=True),
                name="lots_open_in_burn_order",
            ),
        ]

    def __str__(self) -> str:
        return f"lot {self.pk}: {self.remaining} of {self.tokens}"

    def worth_cents(self, remaining: int) -> int:
        """What so many of its tokens are worth, in the smallest unit, rounded down: the parts always add up."""
        return self.paid_cents * remaining // self.tokens


CAUSES = ("purchase", "usage", "grant", "reversal")


def _no_cause() -> dict[str, bool]:
    return {f"{cause}__isnull": True for cause in CAUSES}


def _has_one_cause() -> Q:
    """One of the causes; a lot that expires by itself is its own."""
    one = Q(kind="expire", **_no_cause())
    for cause in CAUSES:
        one |= Q(**{**_no_cause(), f"{cause}__isnull": False})
    return one


def _once_per(cause: str) -> list[models.UniqueConstraint]:
    is_this = Q(**{f"{cause}__isnull": False})
    return [
        models.UniqueConstraint(
            fields=[cause, "kind", "lot"],
            condition=is_this & Q(counter_lot__isnull=True),
            name=f"entry_once_per_{cause}",
        ),
        models.UniqueConstraint(
            fields=[cause, "lot", "counter_lot"],
            condition=is_this & Q(counter_lot__isnull=False),
            name=f"repayment_once_per_{cause}",
        ),
    ]


def _has_the_sign_of_its_kind() -> Q:
    coming, going = ["credit", "release", "restore"], ["spend", "hold", "deduct", "expire", "reverse"]
    is_plain = Q(kind__in=coming, tokens__gt=0) | Q(kind__in=going, tokens__lt=0)
    return Q(kind="repay", counter_lot__isnull=False) | is_plain & Q(counter_lot__isnull=True)


class LedgerEntryQuerySet(models.QuerySet["LedgerEntry"]):
    def plain(self) -> LedgerEntryQuerySet:
        """Those that are no repayment; the entries of one usage are found by an index over these."""
        return self.filter(counter_lot__isnull=True)

    def returns_of(self, usage: TokenUsage, *, tokens: int) -> list[tuple[Lot, int]]:
        """Which lots so many of a hold's tokens return to: those burned last first."""
        if not tokens:
            return []
        returns = []
        held = self.plain().filter(usage=usage, kind=LedgerEntry.Kind.HOLD)
        for entry in held.select_related("lot").order_by("-id"):
            back = min(-entry.tokens, tokens)
            if back:
                returns.append((entry.lot, back))
            tokens -= back
        return returns

    def taken_by_reversals_of(self, purchase_id: int) -> list[tuple[int, int]]:
        """(lot id, what this purchase's reversals still have of it), the lot they took from last first."""
        kinds = [LedgerEntry.Kind.REVERSE, LedgerEntry.Kind.RESTORE]
        moved = self.filter(reversal__purchase=purchase_id, kind__in=kinds).values("lot")
        sums = moved.annotate(net=Sum("tokens"), last=Max("id")).filter(net__lt=0).order_by("-last")
        return [(row["lot"], -row["net"]) for row in sums]


class LedgerEntry(models.Model):
    """One signed movement of one lot, with its one cause. Never changed, never deleted."""

    class Kind(models.TextChoices):
        CREDIT = "credit"
        SPEND = "spend"
        HOLD = "hold"
        RELEASE = "release"
        DEDUCT = "deduct"
        EXPIRE = "expire"
        REVERSE = "reverse"
        RESTORE = "restore"
        REPAY = "repay"

    # Every index and every checked reference is paid for by each spend. The wallet is kept by the lot's own reference;
    # the list of indexes has those that are asked, and none holds empty values.
    wallet = models.ForeignKey(
        Wallet, models.PROTECT, related_name="entries", db_column="user_id", db_index=False, db_constraint=False
    )
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=12, choices=Kind)
    tokens = models.IntegerField(help_text="Positive for credits, negative for debits.")
    balance_after = models.BigIntegerField()
    worth_cents = models.BigIntegerField(
        "value", default=0, help_text="At the price paid for the credit block; negative for debits."
    )
    purchase = models.ForeignKey(
        "tokens.Purchase", models.PROTECT, null=True, blank=True, related_name="entries", db_index=False
    )
    # Not checked by the database: a session that began with an empty table would look for the usage by reading it all,
    # spend after spend, until the table is analysed. What moves tokens writes the usage in the same transaction.
    usage = models.ForeignKey(
        "tokens.TokenUsage",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="entries",
        db_index=False,
        db_constraint=False,
    )
    grant = models.ForeignKey(
        "tokens.Grant", models.PROTECT, null=True, blank=True, related_name="entries", db_index=False
    )
    reversal = models.ForeignKey(
        "tokens.Reversal", models.PROTECT, null=True, blank=True, related_name="entries", db_index=False
    )
    counter_lot = models.ForeignKey(
        Lot,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="Repayments only: the other lot.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LedgerEntryQuerySet.as_manager()

    class Meta:
        db_table = "ledger_entries"
        verbose_name_plural = "ledger entries"
        constraints = [
            models.CheckConstraint(condition=~Q(tokens=0), name="entry_moves_something"),
            models.CheckConstraint(condition=_has_one_cause(), name="entry_has_its_one_cause"),
            models.CheckConstraint(condition=_has_the_sign_of_its_kind(), name="entry_has_the_sign_of_its_kind"),
            # A second credit of the same purchase is impossible rather than unlikely.
            models.UniqueConstraint(fields=["purchase"], condition=Q(kind="credit"), name="entry_one_credit"),
            models.UniqueConstraint(
                fields=["grant"], condition=Q(kind="credit"), name="entry_one_credit_per_grant_given"
            ),
            *(constraint for cause in CAUSES for constraint in _once_per(cause)),
            models.UniqueConstraint(
                fields=["lot"],
                condition=Q(kind="expire", **_no_cause()),
                name="entry_lot_expires_once",
            ),
        ]
        indexes = [
            models.Index(fields=["wallet", "-id"], name="entries_newest_first"),
            *(
                models.Index(fields=[name], condition=Q(**{f"{name}__isnull": False}), name=f"entries_of_{name}")
                for name in ("purchase", "grant", "reversal", "counter_lot")
            ),
            # For the list of one kind, of which there may be few. Of spends there are most, and they cost nothing here.
            models.Index(
                fields=["kind", "-id"],
                condition=Q(kind__in=["hold", "release", "deduct", "expire", "reverse", "restore", "repay"]),
                name="entries_of_rare_kinds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.tokens:+d} → {self.balance_after}"
