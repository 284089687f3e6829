"""A dispute's life, after docs.stripe.com/disputes.

needs_response -> under_review -> won | lost; lost -> appeal_under_review -> won | lost;
warning_needs_response (an inquiry: no money moves) -> warning_under_review -> warning_closed | needs_response.
The bank takes the money when the dispute opens and gives it back, or part of it, when the dispute is won.
"""

from typing import Any

from stripe_sandbox.disputes import dispute_money, fraud_warnings, new_disputes
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Body, Document, changes, documents
from stripe_sandbox.payments import special_numbers
from stripe_sandbox.payments.conversions import Money
from stripe_sandbox.store import Database
from stripe_sandbox.webhooks import events

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
        return _escalate(db, inquiry, settled=settled)
    if currency and amount is None:
        raise StripeError(f"Say how much is disputed in {currency}.", param="amount")
    dispute = new_disputes.make(db, charge, reason=reason, is_inquiry=is_inquiry, amount=amount, currency=currency)
    if not is_inquiry:
        dispute_money.withdraw(db, dispute, settled=settled)
    documents.save(db, dispute)
    charge.body["disputed"] = True
    documents.save(db, charge)
    events.record(db, "charge.dispute.created", dispute)
    if not is_inquiry:
        events.record(db, "charge.dispute.funds_withdrawn", dispute)
        fraud_warnings.close(db, charge)
        if special_numbers.is_bank_debit(charge):
            _end(db, dispute, "lost")
    return dispute


def update(db: Database, dispute: Document, *, submits: bool = False, **fields: Any) -> Document:
    """`fields` are metadata, evidence (whole) and intended_submission_method; `submits` sends the evidence off."""
    status = dispute.body["status"]
    is_about_evidence = submits or "evidence" in fields
    if is_about_evidence and (status not in _REVIEWED or (status == "lost" and not _is_appeal(fields))):
        raise StripeError(f"Dispute {dispute.id} is {status}; evidence for it can no longer be given.")
    if is_about_evidence:
        evidence = (dispute.body | fields)["evidence"]
        fields["evidence_details"] = _with_evidence(dispute.body["evidence_details"], evidence, submits=submits)
    if submits:
        fields["status"] = _REVIEWED[status]
    changes.update(db, dispute, "charge.dispute.updated", **fields)
    if submits:
        _decide(db, dispute)
    return dispute


def appeal(db: Database, dispute: Document) -> Document:
    """Staff take a lost dispute to the bank once more."""
    if not can_be_appealed(dispute):
        raise StripeError(
            f"Dispute {dispute.id} is {dispute.body['status']}; only a lost dispute of a card can be appealed.",
            param="dispute",
        )
    filed = {"card": {"reason_for_filing": "The customer received what was paid for.", "supporting_files": []}}
    evidence = {**dispute.body["evidence"], "appeal": filed}
    return update(db, dispute, submits=True, evidence=evidence)


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


def accept(db: Database, dispute: Document) -> Document:
    """The shop gives in: the dispute is lost, for good."""
    if dispute.body["status"] not in ("needs_response", "under_review"):
        raise StripeError(
            f"Dispute {dispute.id} is {dispute.body['status']}; only one that needs a response can be closed."
        )
    return _end(db, dispute, "lost")


def close(
    db: Database, dispute: Document, *, is_won: bool, reinstated: int | None = None, settled: Money | None = None
) -> Document:
    """The bank decides. A win gives the money back: all of it, or `reinstated` minor units. An inquiry just ends."""
    if not is_open(dispute):
        raise StripeError(f"Dispute {dispute.id} is already {dispute.body['status']}.", param="dispute")
    if dispute.body["status"].startswith("warning_"):
        return _end(db, dispute, "warning_closed")
    if not is_won:
        return _end(db, dispute, "lost")
    dispute_money.reinstate(db, dispute, amount=reinstated, settled=settled)
    _end(db, dispute, "won")
    events.record(db, "charge.dispute.funds_reinstated", dispute)
    return dispute


def _escalate(db: Database, inquiry: Document, *, settled: Money | None) -> Document:
    dispute_money.withdraw(db, inquiry, settled=settled)
    changes.update(db, inquiry, "charge.dispute.updated", status="needs_response", is_charge_refundable=False)
    events.record(db, "charge.dispute.funds_withdrawn", inquiry)
    return inquiry


def _decide(db: Database, dispute: Document) -> None:
    """Stripe's sandboxes read the verdict from the evidence."""
    verdict = dispute.body["evidence"]["uncategorized_text"]
    if verdict in ("winning_evidence", "losing_evidence"):
        close(db, dispute, is_won=verdict == "winning_evidence")


def _end(db: Database, dispute: Document, status: str) -> Document:
    fields = {"status": status, "is_charge_refundable": status != "lost"}
    return changes.change(db, dispute, "charge.dispute.closed", **fields)


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
