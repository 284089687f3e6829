"""Grants that wait for a second person: approved, which grants the tokens or starts the list, or declined."""

from __future__ import annotations

from django.utils import timezone

from tokens.errors import ActOnSelf, NotPermitted
from tokens.models import GrantBatch, GrantRequest
from tokens.staff import batches, grants, taking_back
from tokens.staff.acts import Why, record, require, require_on_staff
from tokens.staff.alone import subject_of
from tokens.staff.errors import GrantTooLate, RequestDecided
from tokens.transactions import money_transaction

APPROVE = "tokens.approve_grant"

Status = GrantRequest.Status


@money_transaction
def approve(request: GrantRequest, *, why: Why) -> GrantRequest:
    """Agree to a grant that another person asked for, which makes it. Approved before: nothing happens.

    Raises NotPermitted (also for whoever asked, or would be given tokens), RequestDecided when it was declined,
    GrantTooLate and AskerLeft; ReversalExceedsSpend when less of a spend is left by now.
    """
    _require_decider(request, why)
    request = _locked(request)
    if request.status == Status.DECLINED:
        raise RequestDecided("This grant was already declined.")
    if request.status == Status.WAITING:
        _make(request)
        _decide(request, Status.APPROVED, why)
    return request


@money_transaction
def decline(request: GrantRequest, *, why: Why) -> GrantRequest:
    """Refuse a grant that another person asked for. Declined before: nothing happens. Raises as `approve`."""
    _require_decider(request, why)
    request = _locked(request)
    if request.status == Status.APPROVED:
        raise RequestDecided("This grant was already approved.")
    if request.status == Status.WAITING:
        _let_the_list(request, GrantBatch.Status.DECLINED)
        _decide(request, Status.DECLINED, why)
    return request


def _require_decider(request: GrantRequest, why: Why) -> None:
    require(why, APPROVE, on=request.user_id)
    if request.by_id == why.by.pk:
        raise NotPermitted("Another member of staff must decide on your request.")
    if request.batch and batches.own_addresses(request.batch.emails, why.by):
        raise ActOnSelf("Your own address is on this list. Ask a colleague to decide.")


def _locked(request: GrantRequest) -> GrantRequest:
    rows = GrantRequest.objects.select_for_update(of=("self",))
    return rows.select_related("user", "batch", "usage", "by").get(pk=request.pk)


def _make(request: GrantRequest) -> None:
    require_on_staff(request.by)
    if request.expires_at and request.expires_at <= timezone.now():
        raise GrantTooLate("These tokens would have expired by now. Decline the request, and start again.")
    asked = Why(request.by, request.reason, request.note)
    if request.usage:
        request.reversal = taking_back.return_spent(request.usage, quantity=request.quantity or 1, why=asked)
    elif request.user:
        request.grant = grants.grant(
            request.user, tokens=request.tokens, reason=asked.text, by=asked.by, expires_at=request.expires_at
        )
    _let_the_list(request, GrantBatch.Status.READY)


def _let_the_list(request: GrantRequest, status: GrantBatch.Status) -> None:
    if request.batch:
        request.batch.status = status
        request.batch.save(update_fields=["status"])


def _decide(request: GrantRequest, status: GrantRequest.Status, why: Why) -> None:
    request.status, request.decided_by_id, request.decided_at = status, why.by.pk, timezone.now()
    request.save(update_fields=["status", "decided_by", "decided_at", "grant", "reversal"])
    verb = "approve grant" if status == Status.APPROVED else "decline grant"
    record(verb, subject_of(request), why=why, user_id=request.user_id)
