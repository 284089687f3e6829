"""The addresses of the pages, by name: what Stripe's hosted pages are called, and the operator's own."""

import re

from werkzeug.routing import Map, Rule

_LOOK, _FORM, _SEND = ["GET"], ["GET", "POST"], ["POST"]

PAGES = Map(
    [
        Rule("/", endpoint="start", methods=_LOOK),
        Rule("/c/pay/<session_id>", endpoint="checkout", methods=_FORM),
        Rule("/c/pay/<session_id>/bank", endpoint="bank", methods=_FORM),
        Rule("/c/pay/<session_id>/bank-account", endpoint="bank_account", methods=_FORM),
        Rule("/c/pay/<session_id>/promotion-code", endpoint="promotion_code", methods=_SEND),
        Rule("/i/<invoice_id>", endpoint="invoice", methods=_FORM),
        Rule("/i/<invoice_id>/bank", endpoint="invoice_bank", methods=_FORM),
        Rule("/i/<invoice_id>/pdf", endpoint="invoice_pdf", methods=_LOOK),
        Rule("/p/session/<session_id>", endpoint="portal", methods=_LOOK),
        Rule("/p/session/<session_id>/card", endpoint="portal_card", methods=_FORM),
        Rule("/p/session/<session_id>/bank", endpoint="portal_bank", methods=_FORM),
        Rule("/p/session/<session_id>/plans/<subscription_id>", endpoint="portal_plan", methods=_FORM),
        Rule("/p/session/<session_id>/plans/<subscription_id>/cancel", endpoint="portal_cancel", methods=_FORM),
        Rule("/p/session/<session_id>/plans/<subscription_id>/keep", endpoint="portal_keep", methods=_SEND),
        Rule("/stripe-sandbox/", endpoint="operator", methods=_LOOK),
        Rule("/stripe-sandbox/coverage", endpoint="coverage", methods=_LOOK),
        Rule("/stripe-sandbox/do/<verb>", endpoint="do", methods=_SEND),
        Rule("/stripe-sandbox/receipts/<charge_id>", endpoint="receipt", methods=_LOOK),
        Rule("/stripe-sandbox/static/<path:name>", endpoint="static", methods=_LOOK),
    ]
)
OPERATORS = frozenset({"start", "operator", "coverage", "do"})
_here = PAGES.bind("")


def of(page: str, *parts: str) -> str:
    """The path of a page, with the parts that its address has, in their order."""
    names = re.findall(r"<(?:\w+:)?(\w+)>", next(PAGES.iter_rules(page)).rule)
    return _here.build(page, dict(zip(names, parts, strict=True)))
