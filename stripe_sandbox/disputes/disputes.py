"""A dispute's life, after docs.stripe.com/disputes.

needs_response -> under_review -> won | lost; lost -> appeal_under_review -> won | lost;
warning_needs_response (an inquiry: no money moves) -> warning_under_review -> warning_closed | needs_response.
The bank takes the money when the dispute opens and gives it back, or part of it, when the dispute is won.
"""

from typing import Any

from stripe_sandbox.disputes import dispute_money, fraud_warnings, new_disputes
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import documents
from stripe_sandbox.objects.documents import Body, Document
from stripe_sandbox.payments import special_numbers
from stripe_sandbox.payments.conversions import Money
from stripe_sandbox.store.store import Database
from stripe_sandbox.webhooks import events
from stripe_sandbox.webhooks.events import Cause

_CLOSED = ("won", "lost", "warning_closed")
_REVIEWED = {
    "needs_response": "under_review",
    "warning_needs_response": "warning_under_review",
    "lost": "appeal_under_review",
    "appeal_needs_response": "appeal_under_review",
}


def open(
    db: Database,
    charge: Document,
    *,
    cause: Cause,
    reason: str = "fraudulent",
    is_inquiry: bool = False,
    amount: int | None = None,
    currency: str | None = None,
    settled: Money | None = None,
) -> Document:
    """The buyer asks the bank for `amount` minor units back: by default, for all that was not refunded.

    The bank may ask in another `currency`, and the account may settle it in one.

    An open inquiry about the charge becomes the dispute. A debit from a bank account is lost at once.
    """
    _refuse_second(db, charge, is_inquiry=is_inquiry)
    if inquiry := open_one(db, charge):
        return _escalate(db, inquiry, settled=settled, cause=cause)
    if currency and amount is None:
        raise StripeError(f"Say how much is disputed in {currency}.", param="amount")
    dispute = new_disputes.make(db, charge, reason=reason, is_inquiry=is_inquiry, amount=amount, currency=currency)
    if not is_inquiry:
        dispute_money.withdraw(db, dispute, settled=settled)
    documents.save(db, dispute)
    charge.body["disputed"] = True
    documents.save(db, charge)
    events.record(db, "charge.dispute.created", dispute, cause=cause)
    if not is_inquiry:
        events.record(db, "charge.dispute.funds_withdrawn", dispute, cause=cause)
        fraud_warnings.close(db, charge, cause=cause)
        if special_numbers.is_bank_debit(charge):
            _end(db, dispute, "lost", cause=cause)
    return dispute


def update(db: Database, dispute: Document, *, cause: Cause, submits: bool = False, **changes: Any) -> Document:
    """Change a dispute: metadata, evidence (whole), intended_submission_method; `submits` sends the evidence."""
    status = dispute.body["status"]
    is_about_evidence = submits or "evidence" in changes
    if is_about_evidence and (status not in _REVIEWED or (status == "lost" and not _is_appeal(changes))):
        raise StripeError(f"Dispute {dispute.id} is {status}; evidence for it can no longer be given.")
    if is_about_evidence:
        evidence = (dispute.body | changes)["evidence"]
        changes["evidence_details"] = _with_evidence(dispute.body["evidence_details"], evidence, submits=submits)
    if submits:
        changes["status"] = _REVIEWED[status]
    _change(db, dispute, cause=cause, **changes)
    if submits:
        _decide(db, dispute, cause=cause)
    return dispute


def appeal(db: Database, dispute: Document, *, cause: Cause) -> Document:
    """Appeal a lost dispute, with its event; returns it. Raises StripeError."""
    if not can_be_appealed(dispute):
        raise StripeError(
            f"Dispute {dispute.id} is {dispute.body['status']}; only a lost dispute of a card can be appealed.",
            param="dispute",
        )
    filed = {"card": {"reason_for_filing": "The customer received what was paid for.", "supporting_files": []}}
    evidence = {**dispute.body["evidence"], "appeal": filed}
    return update(db, dispute, cause=cause, submits=True, evidence=evidence)


def open_one(db: Database, charge: Document) -> Document | None:
    """The dispute or inquiry about a charge that is not decided."""
    found = documents.about(db, "dispute", "charge", charge.id)
    return next((dispute for dispute in found if is_open(dispute)), None)


def is_open(dispute: Document) -> bool:
    """Whether a dispute waits for an answer or a decision."""
    return dispute.body["status"] not in _CLOSED


def can_be_appealed(dispute: Document) -> bool:
    """Banks hear no appeal about a debit from an account."""
    return dispute.body["status"] in ("lost", "appeal_needs_response") and "payment_method_details" in dispute.body


def accept(db: Database, dispute: Document, *, cause: Cause) -> Document:
    """Accept a dispute, which is lost for good; returns it. Raises StripeError when it is closed."""
    if dispute.body["status"] not in ("needs_response", "under_review"):
        raise StripeError(
            f"Dispute {dispute.id} is {dispute.body['status']}; only one that needs a response can be closed."
        )
    return _end(db, dispute, "lost", cause=cause)


def close(
    db: Database,
    dispute: Document,
    *,
    is_won: bool,
    cause: Cause,
    reinstated: int | None = None,
    settled: Money | None = None,
) -> Document:
    """The bank decides. A win gives the money back: all of it, or `reinstated` minor units. An inquiry just ends."""
    if not is_open(dispute):
        raise StripeError(f"Dispute {dispute.id} is already {dispute.body['status']}.", param="dispute")
    if dispute.body["status"].startswith("warning_"):
        return _end(db, dispute, "warning_closed", cause=cause)
    if not is_won:
        return _end(db, dispute, "lost", cause=cause)
    dispute_money.reinstate(db, dispute, amount=reinstated, settled=settled)
    _end(db, dispute, "won", cause=cause)
    events.record(db, "charge.dispute.funds_reinstated", dispute, cause=cause)
    return dispute


def _escalate(db: Database, inquiry: Document, *, settled: Money | None, cause: Cause) -> Document:
    dispute_money.withdraw(db, inquiry, settled=settled)
    _change(db, inquiry, cause=cause, status="needs_response", is_charge_refundable=False)
    events.record(db, "charge.dispute.funds_withdrawn", inquiry, cause=cause)
    return inquiry


def _decide(db: Database, dispute: Document, *, cause: Cause) -> None:
    """Stripe's sandboxes read the verdict from the evidence."""
    verdict = dispute.body["evidence"]["uncategorized_text"]
    if verdict in ("winning_evidence", "losing_evidence"):
        close(db, dispute, is_won=verdict == "winning_evidence", cause=cause)


def _end(db: Database, dispute: Document, status: str, *, cause: Cause) -> Document:
    dispute.body |= {"status": status, "is_charge_refundable": status != "lost"}
    documents.save(db, dispute)
    events.record(db, "charge.dispute.closed", dispute, cause=cause)
    return dispute


def _change(db: Database, dispute: Document, *, cause: Cause, **changes: Any) -> None:
    previous = {name: dispute.body[name] for name, value in changes.items() if dispute.body[name] != value}
    dispute.body |= changes
    documents.save(db, dispute)
    if previous:
        events.record(db, "charge.dispute.updated", dispute, cause=cause, previous=previous)


def _refuse_second(db: Database, charge: Document, *, is_inquiry: bool) -> None:
    found = open_one(db, charge)
    if found and (is_inquiry or not found.body["status"].startswith("warning_")):
        raise StripeError(f"Charge {charge.id} already has an open dispute ({found.id}).", param="payment_intent")


def _is_appeal(changes: Body) -> bool:
    return bool((changes.get("evidence") or {}).get("appeal"))


def _with_evidence(details: Body, evidence: Body, *, submits: bool) -> Body:
    given = any(value for name, value in evidence.items() if name != "enhanced_evidence")
    changed = {**details, "has_evidence": given}
    if submits:
        changed |= {"submission_count": details["submission_count"] + 1, "submission_method": "manual"}
    return changed
