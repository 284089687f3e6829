"""What waits for a member of staff: the sidebar counts it, the dashboard lists it."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from tokens.models import Dispute, Mail, Reconciliation, Refund, RefundRequest, StripeEvent

ASKS_FOR_EVIDENCE = Dispute.ASKS_FOR_EVIDENCE


def failed_events() -> QuerySet[StripeEvent]:
    """Stripe events whose handling has failed for good and waits for staff."""
    return StripeEvent.objects.filter(status=StripeEvent.Status.FAILED)


def refund_requests() -> QuerySet[RefundRequest]:
    """Refunds pending approval by a second member of staff."""
    return RefundRequest.objects.filter(status=RefundRequest.Status.WAITING)


def disputes() -> QuerySet[Dispute]:
    """Disputes that Stripe wants evidence for."""
    return Dispute.objects.filter(status__in=ASKS_FOR_EVIDENCE)


def unclear_refunds() -> QuerySet[Refund]:
    """Refunds in another currency whose amount staff must enter."""
    return Refund.objects.exclude(unclear="")


def disputes_for_staff() -> QuerySet[Dispute]:
    """Disputes that need evidence, or an amount from staff."""
    return Dispute.objects.filter(Q(status__in=ASKS_FOR_EVIDENCE) | ~Q(unclear=""))


def undelivered_emails() -> QuerySet[Mail]:
    """Emails that couldn't be delivered and aren't tried again."""
    return Mail.objects.filter(status=Mail.Status.GIVEN_UP)


def last_reconciliation() -> Reconciliation | None:
    """The newest reconciliation that finished; None before the first."""
    return Reconciliation.objects.filter(finished_at__isnull=False).order_by("-started_at").first()
