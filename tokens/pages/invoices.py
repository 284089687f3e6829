"""To a purchase's invoice, to the credit note of a refund, and to the Billing Portal, all at Stripe."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tokens.errors import NoSuchPurchase
from tokens.models import Purchase
from tokens.purchases import credit_notes, papers
from tokens.stripe_api.customers import portal_url
from tokens.web import limits
from tokens.web.caller import buyer_of, user_id_of
from tokens.web.redirects import SeeOther, sent_from


@never_cache
@require_safe
@login_required
def invoice(request: HttpRequest, pk: int) -> HttpResponse:
    """Leads to where Stripe shows the invoice now. 404 for a purchase without one, or of another customer's."""
    return redirect(_links(request, pk).page)


@never_cache
@require_safe
@login_required
def invoice_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Leads to where Stripe has the invoice as a PDF now; else as `invoice`."""
    return redirect(_links(request, pk).pdf)


@never_cache
@require_safe
@login_required
def credit_note_pdf(request: HttpRequest, pk: int, refund_pk: int) -> HttpResponse:
    """Leads to where Stripe has the credit note of a refund as a PDF now. 404 while there is none, or for another's."""
    limits.count(request, limits.STRIPE)
    mine = Purchase.objects.for_user(user_id_of(request)).filter(pk=pk).first()
    refund = mine.refunds.select_related("purchase").filter(pk=refund_pk).first() if mine else None
    if refund and not refund.stripe_credit_note_id and credit_notes.is_expected(refund):
        raise NoSuchPurchase("This credit note isn't ready yet. It comes once the refund has gone through.")
    pdf = credit_notes.pdf_of(refund) if refund else ""
    if not pdf:
        raise NoSuchPurchase("This credit note doesn't exist, or it belongs to another account.")
    return redirect(pdf)


@sent_from("tokens:purchases")
def portal(request: HttpRequest) -> HttpResponse:
    """POST leads to the user's Billing Portal at Stripe. 502 when Stripe fails."""
    limits.count(request, limits.STRIPE)
    back = buyer_of(request).origin + reverse("tokens:purchases")
    return SeeOther(portal_url(user_id_of(request), return_url=back))


def _links(request: HttpRequest, pk: int) -> papers.Links:
    limits.count(request, limits.STRIPE)
    mine = Purchase.objects.for_user(user_id_of(request)).exclude(stripe_invoice_id=None).filter(pk=pk).first()
    links = papers.links_of(mine) if mine else papers.Links("", "")
    if not (links.page and links.pdf):
        raise NoSuchPurchase("This invoice doesn't exist, or it belongs to another account.")
    return links
