"""Which function shows which page (see addresses.py)."""

from collections.abc import Callable

from werkzeug import Response

from stripe_sandbox.pages import (
    addresses,
    bank,
    bank_account,
    checkout,
    coverage,
    invoice,
    operator,
    portal,
    portal_card,
    promotion_code,
    receipt,
)
from stripe_sandbox.pages.rendering import see_other
from stripe_sandbox.server.web import Request


def _start(request: Request) -> Response:
    return see_other(addresses.of("operator"))


PAGES: dict[str, Callable[..., Response]] = {
    "start": _start,
    "checkout": checkout.page,
    "bank": bank.page,
    "bank_account": bank_account.page,
    "promotion_code": promotion_code.page,
    "invoice": invoice.page,
    "invoice_bank": invoice.bank,
    "invoice_pdf": invoice.pdf,
    "portal": portal.page,
    "portal_card": portal_card.page,
    "portal_bank": portal_card.bank,
    "portal_plan": portal.plan,
    "portal_cancel": portal.cancel,
    "portal_keep": portal.keep,
    "operator": operator.page,
    "coverage": coverage.page,
    "do": operator.do,
    "receipt": receipt.page,
}
