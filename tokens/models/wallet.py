"""Wallet and lots: who has how many tokens, and where they came from. Only `tokens.ledger` writes these rows."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from accounts.models import KeyCaps

LEAST_ALERT = 10  # tokens; the threshold of who has neither chosen one nor bought a pack
AVAILABLE = F("balance") - F("frozen")


class Told(models.IntegerChoices):
    """What a customer was told of their balance since it was last high enough. Of nothing yet, nothing is told."""

    NOTHING = 0
    LOW = 1
    EMPTY = 2


def _flag(condition: Q) -> models.GeneratedField:
    """A column that says whether the row is so, for a partial index: an update that changes it not touches no index."""
    return models.GeneratedField(
        expression=Case(When(condition, then=Value(True)), default=Value(False), output_field=models.BooleanField()),
        output_field=models.BooleanField(),
        db_persist=True,
    )


class Wallet(models.Model):
    """One user's tokens. Its row is the lock that every movement takes; a missing one reads as 0.

    balance = what remains in all lots − unposted − debt.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, primary_key=True, related_name="wallet", verbose_name="customer"
    )
    balance = models.BigIntegerField(default=0, help_text="Tokens to spend, less what the customer owes.")
    held = models.BigIntegerField("on hold", default=0, help_text="Tokens reserved by open holds.")
    frozen = models.BigIntegerField(default=0, help_text="Tokens in frozen credit blocks.")
    debt = models.BigIntegerField(default=0, help_text="Tokens the customer owes.")
    unposted = models.BigIntegerField(default=0, help_text="Tokens spent that are not taken out of credit blocks yet.")
    # Set by the first spend after a posting and then left alone, so that only that spend touches its index.
    unposted_since = models.DateTimeField(null=True, blank=True, help_text="When the oldest of these was spent.")
    last_number = models.BigIntegerField(default=0, help_text="The number of the newest usage.")
    posted_number = models.BigIntegerField(default=0, help_text="Usages up to this number are posted.")
    due_at = models.DateTimeField(
        "next expiry", null=True, blank=True, help_text="When the next credit block may expire."
    )
    blocked_at = models.DateTimeField("suspended at", null=True, blank=True, help_text="When staff suspended spending.")
    calls_until = models.DateTimeField(
        null=True, blank=True, help_text="Until when API calls that spend have used up this wallet's rate."
    )
    # What was spent and is on hold of the day that it was last spent from (UTC), and of that day's month.
    spent_on = models.DateField("last spent on", null=True, blank=True)
    spent_in_day = models.BigIntegerField("spent that day", default=0, db_default=0)
    spent_in_month = models.BigIntegerField("spent that month", default=0, db_default=0)
    # A key that got caps when it was made says so itself; of these, a call that began before may not know.
    capped_keys = models.TextField(
        default="",
        db_default="",
        blank=True,
        editable=False,
        help_text="The IDs of API keys that got caps after they were made, each between spaces.",
    )
    day_limit = models.BigIntegerField("daily limit", null=True, blank=True, help_text="Tokens; empty for none.")
    month_limit = models.BigIntegerField("monthly limit", null=True, blank=True, help_text="Tokens; empty for none.")
    alert_below = models.BigIntegerField(
        default=LEAST_ALERT, db_default=LEAST_ALERT, help_text="Fewer available tokens are a low balance; 0 for never."
    )
    alert_is_chosen = models.BooleanField(
        default=False, db_default=False, help_text="Whether the customer chose it; if not, it follows the last pack."
    )
    # Of each kind there is at most one alert a day.
    low_told_at = models.DateTimeField(null=True, blank=True, help_text="When a low balance was last told.")
    empty_told_at = models.DateTimeField(null=True, blank=True, help_text="When an empty one was last told.")
    told = models.SmallIntegerField(choices=Told, default=Told.EMPTY, db_default=Told.EMPTY)
    is_low = _flag(
        Q(told__lt=Told.EMPTY, alert_below__gt=0) & Q(frozen__gte=F("balance"))
        | Q(told__lt=Told.LOW) & Q(alert_below__gt=AVAILABLE)
    )
    top_up_below = models.BigIntegerField(
        null=True, blank=True, help_text="Fewer available tokens are topped up; empty for no automatic top-up."
    )
    top_up_is_armed = models.BooleanField(
        default=False, db_default=False, help_text="Whether there were as many since the last automatic top-up."
    )
    needs_top_up = _flag(Q(top_up_is_armed=True, top_up_below__gt=AVAILABLE))
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(default=timezone.now, help_text="When it last changed.")

    # No columns: up to when hours are closed, read with the lock of the wallet, and what had been spent by then; and
    # the caps of the API key that asks.
    closed_until: datetime | None = None
    as_read: tuple[int, int] = 0, 0
    caps: KeyCaps | None = None

    class Meta:
        db_table = "wallets"
        permissions = [
            ("freeze_tokens", "Can freeze and unfreeze a customer's lots"),
            ("see_reports", "Can see reports"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="wallets_due"),
            models.Index(
                fields=["unposted_since"], condition=Q(unposted_since__isnull=False), name="wallets_to_be_posted"
            ),
            models.Index(fields=["-user"], condition=Q(blocked_at__isnull=False), name="wallets_blocked"),
            models.Index(fields=["user"], condition=Q(is_low=True), name="wallets_low"),
            models.Index(fields=["user"], condition=Q(needs_top_up=True), name="wallets_to_top_up"),
        ]
        constraints = [
            # On PostgreSQL, which reads a check anew for every spend, they are one: `wallet_is_whole`.
            # Only a reversal of money makes debt, so spending can never take a balance below zero.
            models.CheckConstraint(condition=Q(balance__gte=-F("debt")), name="wallet_balance_covered"),
            models.CheckConstraint(condition=Q(held__gte=0, frozen__gte=0, debt__gte=0), name="wallet_parts_positive"),
            models.CheckConstraint(condition=Q(unposted__gte=0), name="wallet_unposted_positive"),
            models.CheckConstraint(condition=Q(posted_number__lte=F("last_number")), name="wallet_posts_what_is_there"),
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
        return self.debt


class LotQuerySet(models.QuerySet["Lot"]):
    def open(self) -> LotQuerySet:
        return self.filter(is_open=True)

    def in_burn_order(self) -> LotQuerySet:
        """Soonest expiry first, then free before paid, then oldest."""
        return self.order_by(F("expires_at").asc(nulls_last=True), "is_paid", "id")


class Lot(models.Model):
    """Tokens that came in together: a purchase, a grant, a month's allowance, or what a failed refund brought back."""

    wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="lots", db_column="user_id")
    purchase = models.OneToOneField("tokens.Purchase", models.PROTECT, null=True, blank=True, related_name="lot")
    grant = models.OneToOneField("tokens.Grant", models.PROTECT, null=True, blank=True, related_name="lot")
    reversal = models.OneToOneField("tokens.Reversal", models.PROTECT, null=True, blank=True, related_name="lot")
    tokens = models.PositiveIntegerField()
    remaining = models.IntegerField(help_text="As of the last posting of what was spent.")
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
    warn_at = models.DateTimeField(null=True, blank=True, help_text="When the customer is next told that they expire.")
    frozen_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LotQuerySet.as_manager()

    class Meta:
        db_table = "lots"
        verbose_name = "credit block"
        constraints = [
            models.CheckConstraint(condition=Q(tokens__gt=0), name="lot_has_tokens"),
            models.CheckConstraint(condition=Q(remaining__lte=F("tokens")), name="lot_never_overfull"),
            models.CheckConstraint(condition=Q(remaining__gte=0), name="lot_never_below_zero"),
        ]
        indexes = [
            # Burn order over open lots only, so that a spend's look-up stays flat however many lots are used up.
            models.Index(
                fields=["wallet", "expires_at", "is_paid", "id"],
                condition=Q(is_open=True),
                name="lots_open_in_burn_order",
            ),
            models.Index(fields=["warn_at"], condition=Q(warn_at__isnull=False), name="lots_to_warn_of"),
        ]

    def __str__(self) -> str:
        return f"lot {self.pk}: {self.remaining} of {self.tokens}"

    def has_expired(self, now: datetime) -> bool:
        """Whether what returns to it now expires at once."""
        return self.expires_at is not None and self.expires_at <= now

    def worth_cents(self, remaining: int) -> int:
        """What so many of its tokens are worth, in the smallest unit, rounded down: the parts always add up."""
        return self.paid_cents * remaining // self.tokens
