"""From choosing a plan to Stripe's hosted page and back."""

from __future__ import annotations

import logging
from typing import Any

from django.urls import reverse

from memberships import plans
from memberships.current import get_membership
from memberships.errors import AlreadyMember
from memberships.models import Plan, Subscription
from memberships.subscriptions import sync
from memberships.subscriptions.invoices import item_of, record
from memberships.subscriptions.scheduled_changes import MEMBERSHIP
from tokens.errors import NoSuchObject, StripeFailed
from tokens.idempotency import one_at_a_time
from tokens.models import Purchase
from tokens.purchases import checkout, lifecycle, papers
from tokens.purchases.lifecycle import Buyer
from tokens.stripe_api import billing, gateway

DELAYED = ["us_bank_account", "sepa_debit", "bacs_debit", "au_becs_debit", "acss_debit"]

log = logging.getLogger(__name__)


@one_at_a_time(MEMBERSHIP)
def start(user_id: int, plan_key: str, *, buyer: Buyer) -> Purchase:
    """A pending purchase whose `checkout_url` is open for subscribing: the open one for this plan, or a new one.

    Raises UnknownPlan; OwnTerms; AlreadyMember, when Stripe bills a subscription of this user already; StripeFailed;
    CallUnderWay for a second click while the first waits for Stripe.
    """
    while True:
        plan = plans.paid_plan(plan_key)
        if get_membership(user_id).is_billed:
            sync.sync_user(user_id)  # the event that it has ended may be late
        _refuse_members(user_id)
        purchase = lifecycle.order(user_id, item_of(plan), buyer=buyer)
        if not purchase.stripe_checkout_session_id or _is_open(purchase):
            break
        settle_order(purchase)
    close_pages(user_id, but=purchase)
    _refuse_members(user_id)  # one of those pages may just have been paid
    return checkout.open_page(purchase, lambda: _params(purchase, plan))


def settle_order(purchase: Purchase) -> Purchase:
    """Bring an order of a membership in line with its hosted page and, once paid, the subscription behind it.

    Raises StripeFailed.
    """
    session = _session_of(purchase)
    if session is None or session["status"] == "expired":
        return lifecycle.expire(purchase)
    if session["subscription"]:
        follow(session["subscription"])
    purchase.refresh_from_db()
    # A page that is over and whose first invoice is not paid brings no membership any more.
    return lifecycle.fail(purchase) if session["status"] == "complete" else purchase


def settle_if_possible(purchase: Purchase) -> Purchase:
    """As `settle_order`, but a Stripe that cannot be asked leaves everything as it is here."""
    try:
        return settle_order(purchase)
    except StripeFailed as error:
        log.warning("Purchase %s could not be refreshed from Stripe: %s", purchase.pk, error)
        return purchase


def follow(subscription_id: str) -> Subscription | None:
    """Take over a subscription and all its paid invoices, as Stripe has them now. Raises StripeFailed."""
    subscription = sync.sync(subscription_id)
    if subscription:
        for invoice in reversed(billing.list_invoices(subscription_id)):
            record(invoice, subscription)
    return subscription


def _params(purchase: Purchase, plan: Plan) -> dict[str, Any]:
    page = reverse("memberships:home")
    plans.bring_prices_to_stripe()  # so that a later upgrade can say beforehand what it costs
    return {
        **papers.tax_asked_for(),
        "mode": "subscription",
        # A membership begins at once, so it is sold only for money that is certain at once.
        "excluded_payment_method_types": DELAYED,
        "line_items": [{"price": plans.stripe_price(plan), "quantity": 1}],
        "subscription_data": {"metadata": checkout.pointer_to(purchase)},
        **checkout.returns(purchase, success=reverse("memberships:success"), cancel=f"{page}?cancelled={plan.key}"),
    }


def _refuse_members(user_id: int) -> None:
    if get_membership(user_id).is_billed:
        raise AlreadyMember("You already have a membership. Change it instead of buying another.")


def _is_open(purchase: Purchase) -> bool:
    session = _session_of(purchase)
    return session is not None and session["status"] == "open"


def _session_of(purchase: Purchase) -> dict[str, Any] | None:
    """The order's hosted page at Stripe; None when it has none, or Stripe does not know it."""
    try:
        return gateway.retrieve_checkout_session(purchase.stripe_checkout_session_id or "")
    except NoSuchObject:
        return None


def close_pages(user_id: int, *, but: Purchase | None = None) -> None:
    """Close the hosted pages the user has open, of other plans than one's; should one be paid all the same, the
    duplicate is ended again. Stripe is asked about one that cannot be closed.
    """
    open_orders = Purchase.objects.for_user(user_id).filter(
        type=Purchase.Type.SUBSCRIPTION, status=Purchase.Status.PENDING, stripe_checkout_session_id__isnull=False
    )
    others = open_orders.exclude(pk=but.pk) if but else open_orders
    for other in others:
        try:
            billing.expire_checkout_session(str(other.stripe_checkout_session_id))
        except StripeFailed:
            settle_if_possible(other)
        else:
            lifecycle.expire(other)
