"""The part of the audit that is about purchases: tokens follow the money, and totals follow both."""

from __future__ import annotations

from django.db.models import Count, Exists, F, OuterRef, Q, Sum

from tokens.ledger.whose import EVERYBODY, Users
from tokens.models import Dispute, LedgerEntry, Purchase, PurchaseTotal, Refund, Reversal
from tokens.reading import in_order_of
from tokens.reports.customer_totals import refunded_cents_of_each, reversed_cents_of_each
from tokens.reports.figures import Findings, caused_by, figure


def purchases_are_credited_once_and_only_when_paid(users: Users = EVERYBODY) -> Findings:
    """A sentence for each purchase credited twice, unpaid, or not at all though paid."""
    credited = caused_by(LedgerEntry.Cause.PURCHASE).filter(kind=LedgerEntry.Kind.CREDIT)
    purchases = (
        Purchase.objects.with_tokens()
        .filter(users.among("user"))
        .annotate(
            credits=figure(credited, Count("pk"), by="cause_id"),
            credited=figure(credited, Sum("tokens"), by="cause_id"),
        )
    )
    right_if_paid = Q(status__in=Purchase.PAID, credits=1, credited=F("tokens"))
    right_if_not = ~Q(status__in=Purchase.PAID) & Q(credits=0)
    for purchase in purchases.exclude(right_if_paid | right_if_not):
        yield (
            f"Purchase {purchase.pk} ({purchase.status}, {purchase.tokens} tokens): "
            f"credited {purchase.credits} times, {purchase.credited} tokens."
        )


def tokens_follow_the_money(users: Users = EVERYBODY) -> Findings:
    """A sentence for each purchase whose reversed tokens don't follow from its refunds and disputes."""
    kinds = [LedgerEntry.Kind.REVERSE, LedgerEntry.Kind.RESTORE, LedgerEntry.Kind.CORRECT]
    moved = figure(caused_by(LedgerEntry.Cause.REVERSAL).filter(kind__in=kinds), Sum("tokens"), by="cause_id")
    reversals = Reversal.objects.annotate(taken=F("debt_made") - F("debt_forgiven") - moved)
    purchases = (
        Purchase.objects.with_tokens()
        .paid()
        .filter(users.among("user"))
        .annotate(
            taken=figure(reversals.filter(purchase=OuterRef("pk")), Sum("taken"), by="purchase"),
            gone=reversed_cents_of_each(),
        )
    )
    for purchase in in_order_of("pk", purchases):
        target = purchase.tokens_for(purchase.gone)
        if not purchase.tokens_reversed == purchase.taken == target:
            yield (
                f"Purchase {purchase.pk}: {target} tokens should be reversed, "
                f"{purchase.tokens_reversed} are noted, its reversals say {purchase.taken}."
            )


def statuses_follow_the_refunds(users: Users = EVERYBODY) -> Findings:
    """A sentence for each paid purchase whose status doesn't follow from its refunds."""
    purchases = Purchase.objects.paid().filter(users.among("user")).annotate(refunded=refunded_cents_of_each())
    for purchase in in_order_of("pk", purchases):
        whole = purchase.refunded >= purchase.received_cents
        status = "completed" if not purchase.refunded else "refunded" if whole else "partially_refunded"
        if purchase.status != status:
            yield f"Purchase {purchase.pk} is {purchase.status}; by its refunds it should be {status}."


def lots_are_frozen_while_disputed(users: Users = EVERYBODY) -> Findings:
    """A sentence for each lot that is frozen without an open dispute, or not frozen with one."""
    causes = Q(disputes__isnull=False) | Q(refunds__unclear__gt="") | Q(lot__frozen_at__isnull=False)
    disputed = Purchase.objects.paid().with_tokens().filter(users.among("user"), causes)
    for purchase in disputed.distinct().select_related("lot").prefetch_related("disputes", "refunds"):
        should_be = any(row.freezes for row in (*purchase.disputes.all(), *purchase.refunds.all()))
        if should_be != bool(purchase.lot.frozen_at):
            yield f"Lot {purchase.lot.pk}: frozen is {not should_be}, by its disputes it should be {should_be}."


def money_in_another_currency_counts_or_waits(users: Users = EVERYBODY) -> Findings:
    """What Stripe took in another currency counts as something, was stated as nothing, or needs an amount."""
    silent = Q(unclear="", stated_cents=None)
    disputes = Dispute.objects.filter(users.among("purchase__user"), silent, settled_kept__gt=0, withdrawn_cents=0)
    refunds = Refund.objects.counting().filter(users.among("purchase__user"), silent, amount_cents=0)
    for row in (*disputes.exclude(currency=F("purchase__currency")), *refunds):
        yield f"The {row} is in another currency, and neither counts nor needs an amount."


def purchase_totals_add_up(users: Users = EVERYBODY) -> Findings:
    """A sentence for each purchase total that isn't the sum of the user's paid purchases."""
    paid = Purchase.objects.paid().filter(users.among("user"))
    for purchase in paid.annotate(gone=reversed_cents_of_each()).exclude(reversed_cents=F("gone")):
        yield f"Purchase {purchase.pk}: it says {purchase.reversed_cents} cents went back, its rows {purchase.gone}."
    mine = {"user": OuterRef("user"), "currency": OuterRef("currency")}
    bought = Purchase.objects.paid().of_tokens().filter(**mine)
    totals = PurchaseTotal.objects.filter(users.among("user")).annotate(
        times=figure(bought, Count("pk"), by="user"),
        kept=figure(bought, Sum(F("tokens") - F("tokens_reversed")), by="user"),
        kept_cents=figure(bought, Sum(F("paid_cents") - F("reversed_cents"), filter=Q(is_simulated=False)), by="user"),
    )
    for total in totals.exclude(purchases=F("times"), tokens=F("kept"), cents=F("kept_cents")):
        come_to = f"{total.times}: {total.kept} tokens, {total.kept_cents} {total.currency}"
        yield f"User {total.user_id}, {total}, but the purchases come to {come_to}."
    for forgotten in paid.of_tokens().exclude(Exists(PurchaseTotal.objects.filter(**mine))):
        yield f"Purchase {forgotten.pk} is in no running total."
