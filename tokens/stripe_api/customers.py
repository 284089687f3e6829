"""Each user is one Customer at Stripe, so that cards, receipts and the portal belong to them."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.auth import get_user_model
from django.db.models import F

from tokens.errors import NoSuchObject, StripeFailed, StripeUnreachable
from tokens.idempotency import fingerprint, one_at_a_time
from tokens.in_turn import in_turn
from tokens.models import StripeCustomer
from tokens.stripe_api import billing, gateway

log = logging.getLogger(__name__)

T = TypeVar("T")
AT_ONCE = 100


def with_customer(user_id: int, call: Callable[[str], T]) -> T:
    """What `call` makes of the user's Customer id; again with a new one where Stripe no longer knows the first.

    Raises StripeFailed.
    """
    known = StripeCustomer.objects.filter(user_id=user_id).values_list("stripe_id", flat=True).first()
    answer = unless_deleted(known, lambda: call(stripe_customer_id(user_id)))
    return call(stripe_customer_id(user_id)) if answer is None else answer


@one_at_a_time()
def portal_url(user_id: int, *, return_url: str) -> str:
    """The address of the user's Billing Portal: cards, invoices, billing details.

    Raises StripeFailed; CallUnderWay for a second click while the first waits for Stripe.
    """
    return with_customer(user_id, lambda customer: billing.create_portal_session(customer, return_url=return_url))


def unless_deleted(customer_id: str | None, call: Callable[[], T]) -> T | None:
    """What `call` makes of this Customer; None, when Stripe no longer knows it: then it is forgotten here.

    Raises StripeFailed.
    """
    try:
        return call()
    except NoSuchObject as error:
        if customer_id is None or not _is_about_customer(error):
            raise
    forget_stripe_customer(customer_id)
    return None


def stripe_customer_id(user_id: int) -> str:
    """The user's Customer id, made at Stripe on first use. Two calls at once make one Customer.

    Raises StripeFailed.
    """
    customer, _ = StripeCustomer.objects.get_or_create(user_id=user_id)
    user = get_user_model().objects.get(pk=user_id)
    if customer.stripe_id:
        if customer.email != user.email:  # receipts go to the address the user has now
            _tell(customer, user.email)
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


def _is_about_customer(error: NoSuchObject) -> bool:
    """Whether what Stripe does not know is the Customer: named in a body, or in an address."""
    return error.param in ("customer", "id")


def forget_stripe_customer(stripe_id: str) -> None:
    """Stripe no longer knows this Customer (deleted there, or another account's): the next use makes a new one."""
    StripeCustomer.objects.filter(stripe_id=stripe_id).update(stripe_id=None, key=uuid.uuid4())


def tell_new_addresses() -> int:
    """Send Stripe the email addresses that were changed here, by whatever door; returns how many."""
    changed = StripeCustomer.objects.exclude(stripe_id=None).exclude(email=F("user__email")).select_related("user")
    return in_turn("Customer at Stripe with a new address", changed.order_by("pk")[:AT_ONCE], _tell_if_known)


def _tell_if_known(customer: StripeCustomer) -> bool:
    try:
        _tell(customer, customer.user.email)
    except NoSuchObject:
        forget_stripe_customer(customer.stripe_id or "")
        return False
    return True


def _tell(customer: StripeCustomer, email: str) -> None:
    """The row says what was told, so that a change meanwhile is told next. What Stripe refuses is told once."""
    try:
        gateway.update_customer(customer.stripe_id or "", email=email)
    except (NoSuchObject, StripeUnreachable):
        raise
    except StripeFailed as refusal:
        log.error("Stripe does not take the new email address of Customer %s: %s", customer.stripe_id, refusal)
    StripeCustomer.objects.filter(pk=customer.pk, stripe_id=customer.stripe_id).update(email=email)
