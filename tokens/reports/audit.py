"""Re-derives every cached number from usages and entries, and names each place where the books do not agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts import sql
from tokens.ledger.whose import EVERYBODY, Users
from tokens.models import Grant, LedgerEntry, Lot, Posting, Purchase, Reversal, SpendReversal, TokenUsage, Wallet
from tokens.reports import audit_money, audit_taking_back, audit_totals
from tokens.reports.audit_hours import closed_hours_say_what_their_entries_say
from tokens.reports.figures import Findings, caused_by, figure

# Every change of a balance, in order: plain spends, entries, and what reversals did to a debt. Entries that leave the
# balance as it is say none (postings, repayments, corrections); of a debt from before the correction, its entries tell.
MOVEMENTS = """
    SELECT user_id, number, 0 AS entry_id, 0 AS place, -tokens_spent AS change, balance_after, 'Usage' AS what, id
    FROM token_usage WHERE expires_at IS NULL AND {whose}
    UNION ALL
    SELECT user_id, number, last_entry_id, 1, debt_forgiven - debt_made, NULL, 'Reversal', id
    FROM reversals WHERE debt_forgiven <> debt_made AND {whose} AND NOT EXISTS (
        SELECT 1 FROM ledger_entries e WHERE e.cause_kind = 'reversal' AND e.cause_id = reversals.id
        AND e.kind = 'correct' AND NOT e.kind = 'repay')
    UNION ALL
    SELECT user_id, number, id, 0, tokens, balance_after, 'Entry', id
    FROM ledger_entries WHERE kind <> 'spend' AND balance_after IS NOT NULL AND {whose}
"""

# `Lot.worth_cents` rounds down, also below zero, where a division rounds up in SQL; lots of before could be there.
DOWN = "({cents} - ({cents} %% l.tokens + l.tokens) %% l.tokens) / l.tokens"
AFTER, BEFORE = (DOWN.format(cents=f"(l.paid_cents * {remaining})") for remaining in ("after", "(after - e.tokens)"))
WORTH = f"""
    SELECT id, noted, worth FROM (
        SELECT e.id, e.worth_cents AS noted, {AFTER} - {BEFORE} AS worth
        FROM (
            SELECT id, lot_id, tokens, worth_cents, sum(tokens) OVER (PARTITION BY lot_id ORDER BY id) AS after
            FROM ledger_entries WHERE {{whose}}
        ) e JOIN lots l ON l.id = e.lot_id
    ) valued WHERE noted <> worth ORDER BY id
"""  # noqa: S608  what is put in is above


def audit() -> list[str]:
    """A sentence per disagreement; empty when the books are right. Reads only."""
    return [finding for rule in RULES for finding in rule()]


def audit_of(users: Users) -> list[str]:
    """The same of some users' books alone, without closed hours, which are everybody's."""
    return [finding for rule in OF_USERS for finding in rule(users)]


def balances_equal_lots(users: Users = EVERYBODY) -> Findings:
    """A sentence for each wallet whose balance isn't what its lots hold, less what is unposted and owed."""
    wallets = Wallet.objects.filter(users.among("pk")).annotate(
        entries_sum=figure(LedgerEntry.objects.filter(wallet=OuterRef("pk")), Sum("tokens"), by="wallet"),
        lots_sum=figure(Lot.objects.filter(wallet=OuterRef("pk")), Sum("remaining"), by="wallet"),
    )
    right = Q(balance=F("lots_sum") - F("unposted") - F("debt"), entries_sum=F("lots_sum"))
    for wallet in wallets.exclude(right):
        yield (
            f"Wallet of user {wallet.pk}: balance {wallet.balance} (unposted {wallet.unposted}, debt {wallet.debt}), "
            f"but entries sum to {wallet.entries_sum}, lots to {wallet.lots_sum}."
        )


def cached_parts_are_right(users: Users = EVERYBODY) -> Findings:
    """A sentence for each wallet whose held, frozen or unposted tokens or debt aren't what the rows say."""
    frozen = Lot.objects.filter(wallet=OuterRef("pk"), frozen_at__isnull=False)
    held = TokenUsage.objects.filter(user=OuterRef("pk"), status=TokenUsage.Status.HELD)
    unposted = TokenUsage.objects.filter(user=OuterRef("pk"), number__gt=OuterRef("posted_number"))
    repaid = LedgerEntry.objects.filter(wallet=OuterRef("pk"), kind=LedgerEntry.Kind.REPAY)
    debts = Reversal.objects.filter(user=OuterRef("pk"))
    wallets = Wallet.objects.filter(users.among("pk")).annotate(
        frozen_sum=figure(frozen, Sum("remaining"), by="wallet"),
        held_sum=figure(held, Sum("tokens_spent"), by="user"),
        unposted_sum=figure(unposted, Sum("tokens_spent"), by="user"),
        debt_sum=figure(debts, Sum(F("debt_made") - F("debt_forgiven")), by="user")
        + figure(repaid, Sum("tokens"), by="wallet"),
    )
    right = Q(frozen=F("frozen_sum"), held=F("held_sum"), unposted=F("unposted_sum"), debt=F("debt_sum"))
    for wallet in wallets.exclude(right):
        yield (
            f"Wallet of user {wallet.pk}: held {wallet.held}, frozen {wallet.frozen}, unposted {wallet.unposted}, "
            f"debt {wallet.debt}, but the rows say {wallet.held_sum}, {wallet.frozen_sum}, {wallet.unposted_sum}, "
            f"{wallet.debt_sum}."
        )


def usages_are_numbered_without_gaps(users: Users = EVERYBODY) -> Findings:
    """A sentence for each wallet whose newest number isn't how many usages there are, or that has posted too much."""
    mine = TokenUsage.objects.filter(user=OuterRef("pk"))
    wallets = Wallet.objects.filter(users.among("pk")).annotate(
        highest=figure(mine, Max("number"), by="user"), there=figure(mine, Count("pk"), by="user")
    )
    waiting = Q(posted_number=F("last_number"), unposted_since__isnull=True) | Q(
        posted_number__lt=F("last_number"), unposted_since__isnull=False
    )
    for wallet in wallets.exclude(waiting, last_number=F("highest"), there=F("highest")):
        yield (
            f"Wallet of user {wallet.pk}: the newest usage is number {wallet.last_number}, posted up to "
            f"{wallet.posted_number} (waiting since {wallet.unposted_since}), but there are {wallet.there} up to "
            f"{wallet.highest}."
        )


def nothing_is_due_before_the_wallet_knows(users: Users = EVERYBODY) -> Findings:
    """A sentence for each hold or lot that expires before its wallet's `due_at`."""
    lots = Lot.objects.open().filter(users.among("wallet"), _due_unknown("wallet__"), expires_at__isnull=False)
    holds = TokenUsage.objects.held().filter(users.among("user"), _due_unknown("user__wallet__"))
    expiries = [(f"Lot {lot.pk}", lot.expires_at) for lot in lots] + [
        (f"Hold {row.pk}", row.expires_at) for row in holds
    ]
    for what, at in expiries:
        yield f"{what} expires at {at}, which its wallet does not expect."


def _due_unknown(wallet: str) -> Q:
    return Q(**{f"{wallet}due_at__isnull": True}) | Q(**{f"{wallet}due_at__gt": F("expires_at")})


def lots_equal_their_entries(users: Users = EVERYBODY) -> Findings:
    """A sentence for each lot whose remaining tokens aren't the sum of its entries."""
    lots = Lot.objects.filter(users.among("wallet")).annotate(entries_sum=Coalesce(Sum("entries__tokens"), 0))
    for lot in lots.exclude(remaining=F("entries_sum")):
        yield f"Lot {lot.pk}: {lot.remaining} remain, its entries sum to {lot.entries_sum}."


def debts_leave_nothing_to_spend(users: Users = EVERYBODY) -> Findings:
    """A sentence for each wallet that owes tokens and has some that could repay it."""
    for wallet in Wallet.objects.filter(users.among("pk"), debt__gt=0, balance__gt=F("frozen") - F("debt")):
        yield f"Wallet of user {wallet.pk} owes {wallet.debt} tokens, though its balance is {wallet.balance}."


def running_balances_follow(users: Users = EVERYBODY) -> Findings:
    """A sentence for each usage and entry whose `balance_after` doesn't follow from what came before it."""
    walk = f"""
        SELECT what, id, balance_after, running FROM (
            SELECT m.*, sum(change) OVER (PARTITION BY user_id ORDER BY number, entry_id, place, id) AS running
            FROM ({MOVEMENTS.format(whose=users.sql("user_id"))}) m
        ) walked WHERE balance_after IS NOT NULL AND balance_after <> running
    """  # noqa: S608
    for what, pk, after, running in sql.run(walk, []):
        yield f"{what} {pk}: balance_after {after}, movements so far sum to {running}."


def entries_are_worth_what_they_moved(users: Users = EVERYBODY) -> Findings:
    """A sentence for each entry whose value isn't its tokens at the price of its lot."""
    for pk, noted, worth in sql.run(WORTH.format(whose=users.sql("user_id")), []):
        yield f"Entry {pk}: worth {noted} is noted, it moved {worth}."


def usages_equal_their_entries(users: Users = EVERYBODY) -> Findings:
    """A sentence for each hold, and each user's spends, whose tokens aren't the sum of the entries."""
    kinds = [LedgerEntry.Kind.HOLD, LedgerEntry.Kind.RELEASE]
    moved = figure(caused_by(LedgerEntry.Cause.USAGE).filter(kind__in=kinds), Sum("tokens"), by="cause_id")
    for usage in (
        TokenUsage.objects.holds().filter(users.among("user")).annotate(moved=moved).exclude(tokens_spent=-F("moved"))
    ):
        yield f"Usage {usage.pk}: {usage.tokens_spent} tokens spent, its entries sum to {usage.moved}."
    spent = TokenUsage.objects.spent_at_once().filter(user=OuterRef("pk"), number__lte=OuterRef("posted_number"))
    taken = LedgerEntry.objects.filter(wallet=OuterRef("pk"), kind=LedgerEntry.Kind.SPEND)
    wallets = Wallet.objects.filter(users.among("pk")).annotate(
        spent=figure(spent, Sum("tokens_spent"), by="user"), taken=figure(taken, Sum("tokens"), by="wallet")
    )
    for wallet in wallets.exclude(spent=-F("taken")):
        yield f"User {wallet.pk} has spent {wallet.spent} posted tokens, the entries of spends sum to {wallet.taken}."


def postings_equal_their_usages(users: Users = EVERYBODY) -> Findings:
    """A sentence for each posting whose tokens aren't those of its usages, and of its entries."""
    numbers = {"number__gte": OuterRef("first_number"), "number__lte": OuterRef("last_number")}
    usages = TokenUsage.objects.spent_at_once().filter(user=OuterRef("wallet"), **numbers)
    entries = caused_by(LedgerEntry.Cause.POSTING).filter(kind=LedgerEntry.Kind.SPEND)
    postings = Posting.objects.filter(users.among("wallet")).annotate(
        spent=figure(usages, Sum("tokens_spent"), by="user"), taken=figure(entries, Sum("tokens"), by="cause_id")
    )
    for posting in postings.exclude(tokens=F("spent"), taken=-F("tokens")):
        yield (
            f"Posting {posting.pk} is of {posting.tokens} tokens, but its usages come to {posting.spent}, its entries "
            f"to {posting.taken}."
        )


def rows_stay_with_their_user(users: Users = EVERYBODY) -> Findings:
    """A sentence for each row that belongs to another user than the row it is about."""
    for kind, model, owner in OWNERS:
        rows: Any = model._default_manager.filter(pk=OuterRef("cause_id"))
        entries = LedgerEntry.objects.filter(users.among("wallet"), cause_kind=kind).annotate(
            owner=Subquery(rows.values(owner)[:1])
        )
        mine = Q(owner=F("wallet_id"), owner__isnull=False)
        for entry in entries.exclude(mine):
            whose = f"of user {entry.owner}" if entry.owner else f"{kind.value} {entry.cause_id}, of nobody"
            yield f"Entry {entry.pk} is in the wallet of user {entry.wallet_id}, its cause {whose}."
    all_entries = LedgerEntry.objects.filter(users.among("wallet"))
    for astray in all_entries.exclude(lot__wallet=F("wallet_id")).select_related("lot"):
        yield f"Entry {astray.pk} is in the wallet of user {astray.wallet_id}, its lot of user {astray.lot.wallet_id}."
    origins = Coalesce(F("purchase__user"), F("grant__user"), F("reversal__user"), F("wallet_id"))
    for lot in Lot.objects.filter(users.among("wallet")).annotate(owner=origins).exclude(owner=F("wallet_id")):
        yield f"Lot {lot.pk} is in the wallet of user {lot.wallet_id}, but came from user {lot.owner}."
    reversals = Reversal.objects.filter(users.among("user"))
    for reversal in reversals.exclude(user=F("purchase__user")).select_related("purchase"):
        yield f"Reversal {reversal.pk} is of user {reversal.user_id}, its purchase of user {reversal.purchase.user_id}."
    undone = SpendReversal.objects.filter(users.among("user"))
    for back in undone.exclude(user=F("usage__user")).select_related("usage"):
        yield f"Spend reversal {back.pk} is of user {back.user_id}, its usage of user {back.usage.user_id}."
    for usage in TokenUsage.objects.filter(users.among("user")).exclude(
        Exists(Wallet.objects.filter(pk=OuterRef("user")))
    ):
        yield f"Usage {usage.pk} is of user {usage.user_id}, who has no wallet."


OWNERS: list[tuple[LedgerEntry.Cause, Any, str]] = [
    (LedgerEntry.Cause.PURCHASE, Purchase, "user"),
    (LedgerEntry.Cause.USAGE, TokenUsage, "user"),
    (LedgerEntry.Cause.GRANT, Grant, "user"),
    (LedgerEntry.Cause.REVERSAL, Reversal, "user"),
    (LedgerEntry.Cause.POSTING, Posting, "wallet"),
    (LedgerEntry.Cause.LOT, Lot, "wallet"),
    (LedgerEntry.Cause.UNSPEND, SpendReversal, "user"),
]

OF_USERS: list[Callable[[Users], Findings]] = [
    balances_equal_lots,
    cached_parts_are_right,
    usages_are_numbered_without_gaps,
    nothing_is_due_before_the_wallet_knows,
    lots_equal_their_entries,
    debts_leave_nothing_to_spend,
    running_balances_follow,
    entries_are_worth_what_they_moved,
    audit_money.purchases_are_credited_once_and_only_when_paid,
    usages_equal_their_entries,
    postings_equal_their_usages,
    audit_taking_back.no_spend_is_taken_back_twice,
    audit_taking_back.reversals_equal_their_entries,
    audit_taking_back.tokens_return_to_where_they_came_from,
    audit_money.tokens_follow_the_money,
    audit_money.statuses_follow_the_refunds,
    audit_money.lots_are_frozen_while_disputed,
    audit_money.money_in_another_currency_counts_or_waits,
    audit_totals.usage_totals_add_up,
    audit_totals.daily_totals_add_up,
    audit_totals.limits_count_what_was_spent,
    audit_totals.caps_count_what_their_keys_spent,
    audit_money.purchase_totals_add_up,
    rows_stay_with_their_user,
]
RULES: list[Callable[[], Findings]] = [*OF_USERS, closed_hours_say_what_their_entries_say]  # type: ignore[list-item]
