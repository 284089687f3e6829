"""A purchase's papers: the invoice that Checkout makes, where Stripe shows it, and the tax on it.

Stripe keeps the papers; here stands only where they are. Stripe's addresses of them may end some day, so pages lead to
an address of the shop that asks Stripe for the present one.
"""

from __future__ import annotations

import logging
from typing import Any, NamedTuple

from django.conf import settings

from tokens import rows
from tokens.errors import NotOurs, StripeFailed, UnknownPurchase
from tokens.models import Purchase, StripeCustomer
from tokens.purchases import lifecycle
from tokens.stripe_api import billing
from tokens.stripe_api.pointers import id_in, own_id, part, pointer_on

log = logging.getLogger(__name__)

# Tax is added to the price, whatever the account's default is: `mismatches` counts on it.
TAX_BEHAVIOR = {"tax_behavior": "exclusive"}


class Links(NamedTuple):
    """Where an invoice is to be seen, and to be downloaded; "" where Stripe hasn't said."""

    page: str
    pdf: str


def asked_for(pointer: dict[str, str]) -> dict[str, Any]:
    """What the settings add to a Checkout Session for tokens: its invoice, which bears our pointer, and tax."""
    invoice = {"invoice_creation": {"enabled": True, "invoice_data": {"metadata": pointer}}}
    return (invoice if settings.STRIPE_INVOICES else {}) | tax_asked_for()


def tax_asked_for() -> dict[str, Any]:
    """What `STRIPE_TAX` adds to any Checkout Session. Stripe wants a place to keep what the buyer tells it."""
    if not settings.STRIPE_TAX:
        return {}
    return {
        "automatic_tax": {"enabled": True},
        "tax_id_collection": {"enabled": True},
        "customer_update": {"address": "auto", "name": "auto"},
    }


def tax_in(session: dict[str, Any]) -> int:
    """The tax within what a Checkout Session collects, in the smallest unit.

    The page keeps what was asked for when it was opened, whatever the setting says since; tax that this shop did not
    ask for is none, and makes the session differ from its purchase.
    """
    if not part(session, "automatic_tax").get("enabled"):
        return 0
    return max(0, int(part(session, "total_details").get("amount_tax") or 0))


def note(invoice: dict[str, Any]) -> Purchase:
    """Remember the invoice (plain data) of a purchase of tokens. Raises NotOurs for any other; UnknownPurchase."""
    pointer = None if id_in(part(invoice, "parent", "subscription_details"), "subscription") else pointer_on(invoice)
    invoice_id = own_id(invoice)
    if pointer is None or invoice_id is None:
        raise NotOurs("It is no invoice of a purchase of tokens.")
    purchase = rows.find(Purchase, key=pointer)
    if purchase is None:
        raise UnknownPurchase(f"Invoice {invoice_id} names purchase {pointer}, which is not in this database.")
    if not StripeCustomer.objects.filter(user=purchase.user_id, stripe_id=id_in(invoice, "customer") or "").exists():
        raise NotOurs(f"Invoice {invoice_id} is to another customer than purchase {purchase.pk}.")
    return keep(purchase, invoice)


def keep(purchase: Purchase, invoice: dict[str, Any]) -> Purchase:
    """Remember where the invoice (plain data) of a purchase is. A second one of the same purchase changes nothing."""
    links = _links_in(invoice)
    return lifecycle.note_invoice(purchase, invoice_id=invoice["id"], url=links.page, pdf=links.pdf)


def links_of(purchase: Purchase) -> Links:
    """Where a purchase's invoice is now, or, if Stripe can't be asked, where it was. Nothing changes."""
    kept = Links(purchase.invoice_url, purchase.invoice_pdf)
    if not purchase.stripe_invoice_id:
        return kept
    try:
        return _links_in(billing.retrieve_invoice(purchase.stripe_invoice_id))
    except StripeFailed as error:
        if not kept.page:
            raise
        log.warning("Invoice of purchase %s could not be asked for at Stripe: %s", purchase.pk, error)
        return kept


def _links_in(invoice: dict[str, Any]) -> Links:
    return Links(invoice.get("hosted_invoice_url") or "", invoice.get("invoice_pdf") or "")
