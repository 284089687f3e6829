"""What a dispute says when it opens."""

from stripe_sandbox.objects import Body, Document, changes, shapes
from stripe_sandbox.payments import special_numbers
from stripe_sandbox.store import Database, clock

_DAYS_TO_RESPOND = 7
# https://docs.stripe.com/disputes/categories#network-code-map, Visa's.
_NETWORK_CODES = {"fraudulent": "10.4", "product_not_received": "13.1"}


def make(
    db: Database, charge: Document, *, reason: str, is_inquiry: bool, amount: int | None, currency: str | None = None
) -> Document:
    # Even a charge that was refunded in full can be disputed: then about all of it.
    """A new dispute of a charge; `amount` in the smallest unit of `currency`, by default the charge's.

    Raises StripeError.
    """
    left = charge.body["amount"] - charge.body["amount_refunded"] or charge.body["amount"]
    body = shapes.new(
        "dispute",
        amount=left if amount is None else amount,
        charge=charge.id,
        currency=currency or charge.body["currency"],
        is_charge_refundable=is_inquiry,
        payment_intent=charge.body["payment_intent"],
        reason="debit_not_authorized" if special_numbers.is_bank_debit(charge) else reason,
        status="warning_needs_response" if is_inquiry else "needs_response",
        **_of_card(charge, reason, is_inquiry=is_inquiry),
    )
    body["evidence_details"]["due_by"] = clock.now(db) + _DAYS_TO_RESPOND * 24 * 3600
    body["evidence"]["customer_email_address"] = charge.body["billing_details"]["email"]
    body["evidence"]["customer_name"] = charge.body["billing_details"]["name"]
    return changes.make(db, "dispute", **body)


def _of_card(charge: Document, reason: str, *, is_inquiry: bool) -> Body:
    card = charge.body["payment_method_details"].get("card")
    if card is None:
        return {}
    code = _NETWORK_CODES.get(reason, "10.4")
    details = {
        "brand": card["brand"],
        "case_type": "inquiry" if is_inquiry else "chargeback",
        "network": card["network"],
        "network_reason_code": code,
    }
    return {"network_reason_code": code, "payment_method_details": {"type": "card", "card": details}}
