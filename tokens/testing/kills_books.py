"""What the shop's books say after everything, and what they must say: as Stripe's do, and as the clients were told."""

import time

from django.db import connection
from django.db.models import Count, Q

from stripe_sandbox import testing
from tokens.models import Dispute, IdempotencyKey, Mail, Purchase, Refund, StripeCustomer, StripeEvent, TokenUsage
from tokens.reports.audit import audit


def money_here():
    """Every purchase (paid, or its status, and how often it was credited), and all money that went back."""
    credits = Count("lot__entries", filter=Q(lot__entries__kind="credit"))
    flagged = Purchase.objects.filter(fraud_warning_at__isnull=False)
    return {
        "findings": audit(),
        "customers": StripeCustomer.objects.count(),
        "purchases": sorted(
            (purchase.stripe_checkout_session_id or "", purchase.is_paid or purchase.status, purchase.credits)
            for purchase in Purchase.objects.annotate(credits=credits)
        ),
        "refunds": sorted(Refund.objects.values_list("stripe_id", "amount_cents", "status"), key=str),
        "disputes": sorted(
            Dispute.objects.values_list("stripe_id", "status", "amount_cents", "withdrawn_cents", "reinstated_cents")
        ),
        "warned of": sorted(flagged.values_list("stripe_payment_intent_id", flat=True)),
    }


def money_at_stripe():
    """The same, as it must be by what Stripe says."""
    intents = {intent["id"]: intent for intent in testing.objects("payment_intent")}
    sessions, refunds, disputes = (testing.objects(kind) for kind in ("checkout.session", "refund", "dispute"))
    return {
        "findings": [],
        "customers": len(testing.objects("customer")),
        "purchases": sorted((session["id"], *_fate(session, intents)) for session in sessions),
        "refunds": sorted(((row["id"], row["amount"], row["status"]) for row in refunds), key=str),
        "disputes": sorted((row["id"], row["status"], row["amount"], *_moved(row)) for row in disputes),
        "warned of": sorted(warning["payment_intent"] for warning in testing.objects("radar.early_fraud_warning")),
    }


def done_by_us():
    """What was done because clients and staff asked for it: sessions opened, refunds asked for by key, tokens used."""
    refunds = [refund for refund in testing.objects("refund") if refund["metadata"]]
    rows = TokenUsage.objects.values_list("metadata__request", "status", "tokens_spent", "reason")
    return {
        "sessions": sorted(session["id"] for session in testing.objects("checkout.session")),
        "refunds": sorted((refund["metadata"]["refund_key"], refund["amount"]) for refund in refunds),
        "spends": sorted(rows.filter(expires_at=None)),
        "holds": sorted(rows.exclude(expires_at=None)),
    }


def told_to_clients(records):
    """The same, as it must be by the answers they got."""
    return {
        "sessions": sorted(records.sessions),
        "refunds": sorted(records.refunds.items()),
        "spends": sorted((key, "spent", tokens, "") for key, tokens in records.spends.items() if tokens),
        "holds": sorted((key, *end) for key, end in records.holds.items() if end),
    }


def under_way():
    """Whatever is waiting for something that will never come."""
    waiting = {
        "events": StripeEvent.objects.exclude(status__in=["done", "not_ours"]),
        "keys": IdempotencyKey.objects.filter(answer__isnull=True),
        "emails": Mail.objects.filter(status="waiting"),
        "refunds": Refund.objects.filter(status="requested"),
        "holds": TokenUsage.objects.held(),
        "purchases": Purchase.objects.filter(status="pending"),
    }
    return {what: [str(row) for row in rows] for what, rows in waiting.items() if rows}


def connections():
    """The backends of this database besides our own: {process id: (state, query)}."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, state, query FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return {pid: (state, query) for pid, state, query in cursor.fetchall()}


def connections_left(*, besides, after_seconds=5):
    """Those that the death of their process did not end; `besides` are the ones that earlier tests have left open."""
    give_up_at = time.monotonic() + after_seconds
    while True:
        left = [said for pid, said in connections().items() if pid not in besides]
        if not left or time.monotonic() > give_up_at:
            return left
        time.sleep(0.05)


def print_figures(records, hits):
    print("Killed in the middle of:", dict(sorted(hits.items())))
    print("Clients:", dict(records.tally))
    print("Events:", testing.deliveries(), "broken attempts at them:", testing.unanswered_attempts())
    print("Paid at Stripe:", len(records.sessions), "refunds at the desk:", len(records.refunds))
    print("Spends:", len(records.spends), "holds:", len(records.holds))


def _fate(session, intents):
    """(Must it be paid, or which status must it have; how often must it be credited)."""
    if session["payment_status"] == "paid":
        return True, 1
    intent = intents.get(session["payment_intent"])
    statuses = {"processing": "processing", "requires_payment_method": "failed"}
    return statuses[intent["status"]] if intent else "pending", 0


def _moved(dispute):
    amounts = [row["amount"] for row in dispute["balance_transactions"]]
    return -sum(amount for amount in amounts if amount < 0), sum(amount for amount in amounts if amount > 0)
