"""Signed webhooks of about 2 kB, as Stripe would send them for pending purchases planted here."""

from __future__ import annotations

import hmac
import json
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import stripe
from django.conf import settings

from tokens.models import Purchase

AMOUNT_CENTS, TOKENS = 4000, 500


def plant_purchases(user_ids: list[int], count: int) -> list[Purchase]:
    """So many pending purchases, each with its page open at Stripe, spread over the users."""
    return Purchase.objects.bulk_create(
        [
            Purchase(
                user_id=user_ids[n % len(user_ids)],
                type=Purchase.Type.TOKENS,
                package_key="pro",
                description="Pro Pack: 500 tokens",
                tokens=TOKENS,
                amount_cents=AMOUNT_CENTS,
                currency="usd",
                stripe_checkout_session_id=f"cs_test_{uuid.uuid4().hex}",
            )
            for n in range(count)
        ]
    )


def completed(purchase: Purchase) -> str:
    """The body of the event that reports the purchase as paid."""
    return _event("checkout.session.completed", _session(purchase))


def unknown() -> str:
    """The body of an event that this shop doesn't handle."""
    return _event("payment_method.updated", {"id": f"pm_{uuid.uuid4().hex}", "object": "payment_method"})


def write(bodies: Iterable[str], file: Path) -> None:
    """A line an event, signed now: the signature, a tab, the body."""
    moment = int(time.time())
    key = settings.STRIPE_WEBHOOK_SECRET.encode()
    with file.open("w") as lines:
        for body in bodies:
            digest = hmac.new(key, f"{moment}.{body}".encode(), "sha256").hexdigest()
            lines.write(f"t={moment},v1={digest}\t{body}\n")


def _event(type: str, subject: dict[str, Any]) -> str:
    event = {
        "id": f"evt_{uuid.uuid4().hex}",
        "object": "event",
        "api_version": stripe.api_version,
        "created": int(time.time()),
        "data": {"object": subject},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": type,
    }
    return json.dumps(event)


def _session(purchase: Purchase) -> dict[str, Any]:
    shop = "https://shop.example.com/tokens"
    return {
        "id": purchase.stripe_checkout_session_id,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": purchase.amount_cents,
        "amount_total": purchase.amount_cents,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": f"{shop}/cancel?package=pro",
        "client_reference_id": str(purchase.user_id),
        "consent": None,
        "created": int(time.time()),
        "currency": purchase.currency,
        "custom_fields": [],
        "custom_text": {"after_submit": None, "shipping_address": None, "submit": None},
        "customer": f"cus_{purchase.user_id:014}",
        "customer_details": {
            "address": {"city": None, "country": "US", "line1": None, "line2": None, "postal_code": "94107"},
            "email": f"customer{purchase.user_id}@example.com",
            "name": "A Customer",
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": [],
        },
        "expires_at": int(time.time()) + 86_400,
        "livemode": False,
        "locale": None,
        "metadata": {"purchase_id": str(purchase.pk), "purchase_key": str(purchase.key)},
        "mode": "payment",
        "payment_intent": f"pi_{purchase.key.hex}",
        "payment_method_collection": "if_required",
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card", "link", "us_bank_account"],
        "payment_status": "paid",
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "shipping_address_collection": None,
        "status": "complete",
        "submit_type": None,
        "subscription": None,
        "success_url": f"{shop}/success?session_id={{CHECKOUT_SESSION_ID}}",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted",
        "url": None,
    }
