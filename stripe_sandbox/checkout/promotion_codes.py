"""Promotion codes: two that are always there, entered by the buyer on the hosted page.

Stripe's own are made in its dashboard; these are written into the store when a session first allows codes.
"""

from stripe_sandbox.catalogue import currencies
from stripe_sandbox.checkout import amounts
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Document, changes, documents
from stripe_sandbox.store import Database

# Code, and how many per cent it takes off.
_SHIPPED = {"FREE100": 100, "HALF50": 50}


def ship(db: Database) -> None:
    """Add the promotion codes that every sandbox starts with, unless they are there."""
    for code, percent in _SHIPPED.items():
        if documents.find(db, "promotion_code", _id(code)) is None:
            _make(db, code, percent)


def apply(db: Database, session: Document, code: str) -> None:
    """Take the code's discount off an open session; an earlier code no longer counts."""
    if not session.body["allow_promotion_codes"]:
        raise StripeError("This Checkout Session takes no promotion codes.", param="code")
    code = code.strip().upper()
    if code not in _SHIPPED:
        raise StripeError("This code is invalid.", param="code")
    session.body["discounts"] = [{"coupon": None, "promotion_code": _id(code)}]
    work_out(db, session)
    total, currency = session.body["amount_total"], session.body["currency"]
    if 0 < total < currencies.smallest_charge(currency):
        raise StripeError(f"With this code, {currencies.shown(total, currency)} is too little to pay.", param="code")


def code_of(session: Document) -> str | None:
    """The code whose discount the session has."""
    applied = {discount["promotion_code"] for discount in session.body["discounts"]}
    return next((code for code in _SHIPPED if _id(code) in applied), None)


def remove(db: Database, session: Document) -> None:
    """Take the promotion code off a session; its amounts are what they were."""
    session.body["discounts"] = []
    work_out(db, session)


def work_out(db: Database, session: Document) -> None:
    """The session's amounts anew, after its code, its buyer's place or their tax ID has changed."""
    amounts.work_out(db, session, percent_off=_SHIPPED.get(code_of(session) or "", 0))


def _make(db: Database, code: str, percent: int) -> None:
    changes.make(db, "coupon", id=code, name=f"{percent}% off", percent_off=percent)
    changes.make(db, "promotion_code", id=_id(code), code=code, promotion={"coupon": code, "type": "coupon"})


def _id(code: str) -> str:
    return f"promo_1Sandbox{code.capitalize()}"
