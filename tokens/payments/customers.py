"""Each user is one Customer at Stripe, so that cards, receipts and the portal belong to them."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth import get_user_model

from tokens.idempotency import fingerprint
from tokens.models import StripeCustomer
from tokens.payments import gateway


def stripe_customer_id(user_id: int) -> str:
    """The user's Customer id, made at Stripe on first use. Two calls at once make one Customer.

    Raises StripeFailed.
    """
    customer, _ = StripeCustomer.objects.get_or_create(user_id=user_id)
    user = get_user_model().objects.get(pk=user_id)
    if customer.stripe_id:
        if customer.email != user.email:  # receipts go to the address the user has now
            gateway.update_customer(customer.stripe_id, email=user.email)
            StripeCustomer.objects.filter(pk=customer.pk).update(email=user.email)
        return customer.stripe_id
    details: dict[str, Any] = {
        "email": user.email,
        "name": user.get_full_name() or user.get_username(),
        "metadata": {"user_id": str(user_id)},
    }
    # With the details in the key, a user who changed them while an answer was lost is not refused for it.
    stripe_id = gateway.create_customer(
        **details, idempotency_key=f"customer:{customer.key}:{fingerprint(details)[:16]}"
    )
    StripeCustomer.objects.filter(pk=customer.pk, key=customer.key, stripe_id=None).update(
        stripe_id=stripe_id, email=user.email
    )
    return stripe_id


def forget_stripe_customer(user_id: int) -> None:
    """Stripe no longer knows this Customer (deleted there, or another account's): the next use makes a new one."""
    StripeCustomer.objects.filter(user_id=user_id).update(stripe_id=None, key=uuid.uuid4())
