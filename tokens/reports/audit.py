"""Re-derives every cached number from the entries, and names each place where the books do not agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from django.db.models import (
    Aggregate,
    BigIntegerField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Window,
)
from django.db.models.functions import Coalesce

from tokens.models import (
    Dispute,
    LedgerEntry,
    Lot,
    Purchase,
    PurchaseTotal,
    Refund,
    Reversal,
    TokenUsage,
    UsageTotal,
    Wallet,
)
from tokens.purchases.reversals import tokens_for
from tokens.reading import in_order_of
from tokens.reports.audit_hours import closed_hours_say_what_their_entries_say
from tokens.reports.customer_totals import refunded_cents_of_each, reversed_cents_of_each

Findings = Iterator[str]


def audit() -> list[str]:
    """A sentence per disagreement; empty when the books are right. Reads only."""
    return [finding for rule in RULES for finding in rule()]


def _sum(queryset: QuerySet[Any], field: str) -> Coalesce:
    """A correlated sum as a subquery, 0 when there are no rows."""
    return _figure(queryset, Sum(field), by="wallet")


def _figure(queryset: QuerySet[Any], figure: Aggregate, *, by: str) -> Coalesce:
    total = queryset.order_by().values(by).annotate(total=figure).values("total")
    return Coalesce(Subquery(total, output_field=BigIntegerField()), 0)


def balances_equal_entries_and_lots() -> Findings:
    """A sentence for each wallet whose balance isn't the sum of its entries and of its lots."""
    mine = {"wallet": OuterRef("pk")}
    wallets = Wallet.objects.annotate(
        entries_sum=_sum(LedgerEntry.objects.filter(**mine), "tokens"),
        lots_sum=_sum(Lot.objects.filter(**mine), "remaining"),
    )
    for wallet in wallets.exclude(balance=F("entries_sum"), lots_sum=F("balance")):
        yield (
            f"Wallet of user {wallet.pk}: balance {wallet.balance}, "
            f"entries sum to {wallet.entries_sum}, lots to {wallet.lots_sum}."
        )


def cached_parts_are_right() -> Findings:
    """A sentence for each wallet whose held, frozen or debt tokens aren't what its lots and holds say."""
    mine = Lot.objects.filter(wallet=OuterRef("pk"))
    held = TokenUsage.objects.filter(user=OuterRef("pk"), status=TokenUsage.Status.HELD)
    held_sum = held.order_by().values("user").annotate(total=Sum("tokens_spent")).values("total")
    wallets = Wallet.objects.annotate(
        frozen_sum=_sum(mine.filter(frozen_at__isnull=False, remaining__gt=0), "remaining"),
        negative_sum=_sum(mine.filter(remaining__lt=0), "remaining"),
        held_sum=Coalesce(Subquery(held_sum, output_field=BigIntegerField()), 0),
    )
    for wallet in wallets.exclude(frozen=F("frozen_sum"), debt=-F("negative_sum"), held=F("held_sum")):
        yield (
            f"Wallet of user {wallet.pk}: held {wallet.held}, frozen {wallet.frozen}, debt {wallet.debt}, but the rows "
            f"say {wallet.held_sum}, {wallet.frozen_sum}, {-wallet.negative_sum}."
        )


def nothing_is_due_before_the_wallet_knows() -> Findings:
    """A sentence for each hold or lot that expires before its wallet's `due_at`."""
    lots = Lot.objects.filter(remaining__gt=0).filter(_due_unknown("wallet__"), expires_at__isnull=False)
    holds = TokenUsage.objects.held().filter(_due_unknown("user__wallet__"))
    expiries = [(f"Lot {lot.pk}", lot.expires_at) for lot in lots] + [
        (f"Hold {row.pk}", row.expires_at) for row in holds
    ]
    for what, at in expiries:
        yield f"{what} expires at {at}, which its wallet does not expect."


def _due_unknown(wallet: str) -> Q:
    return Q(**{f"{wallet}due_at__isnull": True}) | Q(**{f"{wallet}due_at__gt": F("expires_at")})


def lots_equal_their_entries() -> Findings:
    """A sentence for each lot whose remaining tokens aren't the sum of its entries."""
    lots = Lot.objects.annotate(entries_sum=Coalesce(Sum("entries__tokens"), 0))
    for lot in lots.exclude(remaining=F("entries_sum")):
        yield f"Lot {lot.pk}: {lot.remaining} remain, its entries sum to {lot.entries_sum}."


def running_balances_follow() -> Findings:
    """A sentence for each entry whose `balance_after` doesn't follow from the entries before it."""
    running = Window(Sum("tokens"), partition_by=F("wallet"), order_by=F("id").asc())
    entries = LedgerEntry.objects.annotate(running=running)
    for entry in entries.filter(~Q(balance_after=F("running"))):
        yield f"Entry {entry.pk}: balance_after {entry.balance_after}, entries so far sum to {entry.running}."


def entries_are_worth_what_they_moved() -> Findings:
    """A sentence for each entry whose value isn't its tokens at the price of its lot."""
    after = Window(Sum("tokens"), partition_by=F("lot"), order_by=F("id").asc())
    entries = LedgerEntry.objects.annotate(after=after).select_related("lot").order_by("id")
    with closing(entries.iterator()) as found:  # type: ignore[type-var]  # read once: a page would cut the window
        for entry in found:
            worth = entry.lot.worth_cents(entry.after) - entry.lot.worth_cents(entry.after - entry.tokens)
            if entry.worth_cents != worth:
                yield f"Entry {entry.pk}: worth {entry.worth_cents} is noted, it moved {worth}."


def purchases_are_credited_once_and_only_when_paid() -> Findings:
    """A sentence for each purchase credited twice, unpaid, or not at all though paid."""
    credited = Q(entries__kind=LedgerEntry.Kind.CREDIT)
    purchases = Purchase.objects.with_tokens().annotate(
        credits=Count("entries", filter=credited),
        credited=Coalesce(Sum("entries__tokens", filter=credited), 0),
    )
    right_if_paid = Q(status__in=Purchase.PAID, credits=1, credited=F("tokens"))
    right_if_not = ~Q(status__in=Purchase.PAID) & Q(credits=0)
    for purchase in purchases.exclude(right_if_paid | right_if_not):
        yield (
            f"Purchase {purchase.pk} ({purchase.status}, {purchase.tokens} tokens): "
            f"credited {purchase.credits} times, {purchase.credited} tokens."
        )


def spends_equal_their_entries() -> Findings:
    """A sentence for each usage whose tokens aren't the sum of its entries."""
    # What a release gave back and then expired, or repaid a debt, was given back all the same.
    own = Q(entries__kind__in=[LedgerEntry.Kind.SPEND, LedgerEntry.Kind.HOLD, LedgerEntry.Kind.RELEASE])
    usages = TokenUsage.objects.annotate(entries_sum=Coalesce(Sum("entries__tokens", filter=own), 0))
    for usage in usages.exclude(tokens_spent=-F("entries_sum")):
        yield f"Usage {usage.pk}: {usage.tokens_spent} tokens spent, its entries sum to {usage.entries_sum}."


def tokens_follow_the_money() -> Findings:
    """A sentence for each purchase whose reversed tokens don't follow from its refunds and disputes."""
    moved = Q(reversals__entries__kind__in=[LedgerEntry.Kind.REVERSE, LedgerEntry.Kind.RESTORE])
    purchases = (
        Purchase.objects.with_tokens()
        .paid()
        .annotate(taken=-Coalesce(Sum("reversals__entries__tokens", filter=moved), 0), gone=reversed_cents_of_each())
    )
    for purchase in in_order_of("pk", purchases):
        target = tokens_for(purchase, purchase.gone)
        if not purchase.tokens_reversed == purchase.taken == target:
            yield (
                f"Purchase {purchase.pk}: {target} tokens should be reversed, "
                f"{purchase.tokens_reversed} are noted, its entries say {purchase.taken}."
            )


def statuses_follow_the_refunds() -> Findings:
    """A sentence for each paid purchase whose status doesn't follow from its refunds."""
    for purchase in in_order_of("pk", Purchase.objects.paid().annotate(refunded=refunded_cents_of_each())):
        whole = purchase.refunded >= purchase.received_cents
        status = "completed" if not purchase.refunded else "refunded" if whole else "partially_refunded"
        if purchase.status != status:
            yield f"Purchase {purchase.pk} is {purchase.status}; by its refunds it should be {status}."


def lots_are_frozen_while_disputed() -> Findings:
    """A sentence for each lot that is frozen without an open dispute, or not frozen with one."""
    causes = Q(disputes__isnull=False) | Q(refunds__unclear__gt="") | Q(lot__frozen_at__isnull=False)
    disputed = Purchase.objects.paid().with_tokens().filter(causes)
    for purchase in disputed.distinct().select_related("lot").prefetch_related("disputes", "refunds"):
        should_be = any(row.freezes for row in (*purchase.disputes.all(), *purchase.refunds.all()))
        if should_be != bool(purchase.lot.frozen_at):
            yield f"Lot {purchase.lot.pk}: frozen is {not should_be}, by its disputes it should be {should_be}."


def money_in_another_currency_counts_or_waits() -> Findings:
    """What Stripe took in another currency counts as something, was stated as nothing, or needs an amount."""
    silent = Q(unclear="", stated_cents=None)
    disputes = Dispute.objects.filter(silent, settled_kept__gt=0, withdrawn_cents=0)
    refunds = Refund.objects.counting().filter(silent, amount_cents=0)
    for row in (*disputes.exclude(currency=F("purchase__currency")), *refunds):
        yield f"The {row} is in another currency, and neither counts nor needs an amount."


def usage_totals_add_up() -> Findings:
    """A sentence for each usage total that isn't the sum of the user's usage."""
    mine = {"user": OuterRef("user"), "action": OuterRef("action")}
    spent = TokenUsage.objects.spent().filter(**mine)
    totals = UsageTotal.objects.annotate(
        taken=_figure(spent, Sum("tokens_spent"), by="user"), times=_figure(spent, Count("pk"), by="user")
    )
    for total in totals.exclude(tokens=F("taken"), count=F("times")):
        yield f"User {total.user_id}, {total}, but the usages come to {total.taken} in {total.times}."
    for usage in TokenUsage.objects.spent().exclude(Exists(UsageTotal.objects.filter(**mine))):
        yield f"Usage {usage.pk} is in no running total."


def purchase_totals_add_up() -> Findings:
    """A sentence for each purchase total that isn't the sum of the user's paid purchases."""
    for purchase in Purchase.objects.paid().annotate(gone=reversed_cents_of_each()).exclude(reversed_cents=F("gone")):
        yield f"Purchase {purchase.pk}: it says {purchase.reversed_cents} cents went back, its rows {purchase.gone}."
    mine = {"user": OuterRef("user"), "currency": OuterRef("currency")}
    bought = Purchase.objects.paid().of_tokens().filter(**mine)
    totals = PurchaseTotal.objects.annotate(
        times=_figure(bought, Count("pk"), by="user"),
        kept=_figure(bought, Sum(F("tokens") - F("tokens_reversed")), by="user"),
        kept_cents=_figure(bought, Sum(F("paid_cents") - F("reversed_cents"), filter=Q(is_simulated=False)), by="user"),
    )
    for total in totals.exclude(purchases=F("times"), tokens=F("kept"), cents=F("kept_cents")):
        come_to = f"{total.times}: {total.kept} tokens, {total.kept_cents} {total.currency}"
        yield f"User {total.user_id}, {total}, but the purchases come to {come_to}."
    for forgotten in Purchase.objects.paid().of_tokens().exclude(Exists(PurchaseTotal.objects.filter(**mine))):
        yield f"Purchase {forgotten.pk} is in no running total."


def rows_stay_with_their_user() -> Findings:
    """A sentence for each row that belongs to another user than the row it is about."""
    yield from _entries_of_others()
    lots = Lot.objects.annotate(owner=_owner("purchase__user", "grant__user"))
    for lot in lots.exclude(owner=F("wallet_id")):
        yield f"Lot {lot.pk} is in the wallet of user {lot.wallet_id}, but came from user {lot.owner}."
    for reversal in Reversal.objects.exclude(user=F("purchase__user")).select_related("purchase"):
        yield f"Reversal {reversal.pk} is of user {reversal.user_id}, its purchase of user {reversal.purchase.user_id}."


def _entries_of_others() -> Findings:
    owner = _owner("purchase__user", "usage__user", "grant__user", "reversal__user")
    counter = Coalesce(F("counter_lot__wallet_id"), F("wallet_id"), output_field=BigIntegerField())
    entries = LedgerEntry.objects.annotate(owner=owner, counter=counter).select_related("lot")
    for entry in entries.exclude(owner=F("wallet_id"), lot__wallet=F("wallet_id"), counter=F("wallet_id")):
        yield (
            f"Entry {entry.pk} is in the wallet of user {entry.wallet_id}, but its lot is of user "
            f"{entry.lot.wallet_id}, its other lot of user {entry.counter}, its cause of user {entry.owner}."
        )


def _owner(*causes: str) -> Coalesce:
    """The user of whichever cause is there; a row without one is its wallet's own."""
    return Coalesce(*(F(cause) for cause in causes), F("wallet_id"), output_field=BigIntegerField())


RULES: list[Callable[[], Findings]] = [
    balances_equal_entries_and_lots,
    cached_parts_are_right,
    nothing_is_due_before_the_wallet_knows,
    lots_equal_their_entries,
    running_balances_follow,
    entries_are_worth_what_they_moved,
    purchases_are_credited_once_and_only_when_paid,
    spends_equal_their_entries,
    tokens_follow_the_money,
    statuses_follow_the_refunds,
    lots_are_frozen_while_disputed,
    money_in_another_currency_counts_or_waits,
    usage_totals_add_up,
    purchase_totals_add_up,
    rows_stay_with_their_user,
    closed_hours_say_what_their_entries_say,
]
