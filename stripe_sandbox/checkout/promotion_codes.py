"""Promotion codes: two that are always there, entered by the buyer on the hosted page.

Stripe's own are made in its dashboard; these are written into the store when a session first allows codes.
"""

from stripe_sandbox.catalogue import currencies
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
    _reduce(session, percent=_SHIPPED[code])
    total, currency = session.body["amount_total"], session.body["currency"]
    if 0 < total < currencies.smallest_charge(currency):
        raise StripeError(f"With this code, {currencies.shown(total, currency)} is too little to pay.", param="code")
    session.body["discounts"] = [{"coupon": None, "promotion_code": _id(code)}]
    _save(db, session)


def code_of(session: Document) -> str | None:
    """The code whose discount the session has."""
    applied = {discount["promotion_code"] for discount in session.body["discounts"]}
    return next((code for code in _SHIPPED if _id(code) in applied), None)


def remove(db: Database, session: Document) -> None:
    """Take the promotion code off a session; its amounts are what they were."""
    _reduce(session, percent=0)
    session.body["discounts"] = []
    _save(db, session)


def _save(db: Database, session: Document) -> None:
    # An earlier attempt's PaymentIntent is over another amount; nothing is owed on it.
    session.body["payment_intent"] = None
    documents.save(db, session)


def _reduce(session: Document, *, percent: int) -> None:
    """Each line loses its share, so that the lines always add up to the total."""
    items = session.private["line_items"]
    for item in items:
        # Half a minor unit is rounded up, in the buyer's favour.
        discount = (item["amount_subtotal"] * percent + 50) // 100
        item |= {"amount_discount": discount, "amount_total": item["amount_subtotal"] - discount}
    discount = sum(item["amount_discount"] for item in items)
    total = session.body["amount_subtotal"] - discount
    session.body |= {
        "amount_total": total,
        "payment_status": "unpaid" if total else "no_payment_required",
        "total_details": {**session.body["total_details"], "amount_discount": discount},
    }


def _make(db: Database, code: str, percent: int) -> None:
    changes.make(db, "coupon", id=code, name=f"{percent}% off", percent_off=percent)
    changes.make(db, "promotion_code", id=_id(code), code=code, promotion={"coupon": code, "type": "coupon"})


def _id(code: str) -> str:
    return f"promo_1Sandbox{code.capitalize()}"
