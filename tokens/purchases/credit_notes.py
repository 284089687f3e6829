"""Credit notes: a refund of a purchase that has an invoice also stands on paper.

A refund that has succeeded is marked in its own transaction; the note is made outside of any, at once where somebody
waits, else by the sweep. Stripe is asked first whether there is one, so that a lost answer, or a note that staff made
in Stripe's dashboard, never leads to two.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects

from tokens.errors import CallUnderWay, StripeFailed, StripeUnreachable
from tokens.in_turn import in_turn
from tokens.models import Purchase, Refund
from tokens.stripe_api import billing
from tokens.stripe_api.pointers import id_in

OF_THE_NOTE = ["needs_credit_note", "stripe_credit_note_id", "credit_note_pdf"]

log = logging.getLogger(__name__)


def expect(purchase: Purchase) -> None:
    """Mark the refunds that want a note; the caller has the purchase locked.

    A refund in another currency has none: a note is in its invoice's. One that failed later keeps the note it has, as
    Stripe cancels none of a paid invoice.
    """
    if purchase.stripe_invoice_id:
        _without_note(purchase).update(needs_credit_note=True)


def _without_note(purchase: Purchase) -> QuerySet[Refund]:
    return purchase.refunds.filter(
        status=Refund.Status.SUCCEEDED, stripe_credit_note_id=None, stripe_currency="", amount_cents__gt=0
    )


def is_expected(refund: Refund) -> bool:
    """Whether a refund has a note or will have one, once it has gone through; asked before Stripe is."""
    has_invoice = refund.purchase.stripe_invoice_id is not None
    return has_invoice and refund.counts and not refund.stripe_currency and refund.amount_cents > 0


def read_with(purchases: Iterable[Purchase]) -> None:
    """Read the credit notes of purchases together: one statement, none where nothing was refunded."""
    prefetch_related_objects([purchase for purchase in purchases if purchase.reversed_cents], "refunds")


def pdf_of(refund: Refund) -> str:
    """Where a refund's note is now, or, if Stripe can't be asked, where it was; "" without one. Nothing changes."""
    if not refund.stripe_credit_note_id:
        return ""
    try:
        return billing.retrieve_credit_note(refund.stripe_credit_note_id).get("pdf") or ""
    except StripeFailed as error:
        if not refund.credit_note_pdf:
            raise
        log.warning("The credit note of refund %s could not be asked for at Stripe: %s", refund.pk, error)
        return refund.credit_note_pdf


def make_if_possible(refund: Refund) -> None:
    """Make the note of a refund that wants one; a Stripe that can't be reached is asked again by the sweep."""
    refund.refresh_from_db(fields=OF_THE_NOTE)
    if not refund.needs_credit_note:
        return
    try:
        _make(refund)
    except (StripeFailed, CallUnderWay) as error:
        log.warning("The credit note of refund %s is still to be made: %s", refund.pk, error)
    refund.refresh_from_db(fields=OF_THE_NOTE)


def make_missing() -> int:
    """Make the notes that are still missing; how many were made or found."""
    waiting = Refund.objects.filter(needs_credit_note=True).select_related("purchase").order_by("pk")
    return in_turn("Credit note to be made", waiting, _make)


def _make(refund: Refund) -> bool:
    """Whether the refund has its note now. Raises StripeUnreachable or CallUnderWay while that isn't known."""
    if not refund.counts:  # it has failed meanwhile
        return _settle(refund, None)
    invoice = refund.purchase.stripe_invoice_id or ""
    try:
        note = _found(billing.list_credit_notes(invoice), refund) or _create(invoice, refund)
    except StripeUnreachable:
        raise
    except StripeFailed as refusal:
        log.error("Stripe makes no credit note for refund %s: %s", refund.pk, refusal)
        return _settle(refund, None)
    return _settle(refund, note)


def _create(invoice: str, refund: Refund) -> dict[str, Any]:
    return billing.create_credit_note(
        invoice=invoice,
        refund=refund.stripe_id or "",
        amount_cents=refund.amount_cents,
        metadata={"refund_key": str(refund.key), "purchase_key": str(refund.purchase.key)},
        idempotency_key=f"credit-note:{refund.key}",
    )


def _found(notes: list[dict[str, Any]], refund: Refund) -> dict[str, Any] | None:
    return next((note for note in notes for each in note["refunds"] if id_in(each, "refund") == refund.stripe_id), None)


def _settle(refund: Refund, note: dict[str, Any] | None) -> bool:
    """One statement, as a refund's own news may come at the same moment."""
    found = {"stripe_credit_note_id": note["id"], "credit_note_pdf": note.get("pdf") or ""} if note else {}
    Refund.objects.filter(pk=refund.pk, stripe_credit_note_id=None).update(needs_credit_note=False, **found)
    return note is not None
