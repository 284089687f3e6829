"""Memberships against Stripe: subscriptions in another state there, and paid invoices that have no line here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from memberships.models import Plan, Subscription
from memberships.subscriptions.checkout import follow
from memberships.subscriptions.invoices import subscription_of
from memberships.subscriptions.items import month_of, plan_item, plans_in
from memberships.subscriptions.sync import PLAN_IS_GONE, ends_at
from tokens.models import Purchase, StripeCustomer
from tokens.reconciliation.pages import in_pages
from tokens.reconciliation.run import Difference, Doubt, Gap, reconciles
from tokens.stripe_api import billing
from tokens.stripe_api.pointers import id_in, part, pointer_on

Data = dict[str, Any]
# Status, amount, end of the period, and when it ends by itself.
State = tuple[str, int, datetime, datetime | None]


def _look(stripe_id: str) -> Gap | None:
    row = Subscription.objects.filter(stripe_id=stripe_id).first()
    gap = gap_between(billing.retrieve_subscription(stripe_id), row)
    return gap and replace(gap, repair=partial(follow, stripe_id))


def _look_for_the_line(invoice: Data) -> Gap | None:
    known = Purchase.objects.paid().filter(stripe_invoice_id=invoice["id"]).exists()
    return None if known else Gap("missing", "paid", partial(follow, str(subscription_of(invoice))))


@reconciles("subscriptions")
def compare_subscriptions(since: datetime) -> Iterator[Doubt | Difference]:
    """Differences between Stripe's subscriptions since then and ours.

    Raises StripeFailed.
    """
    for page in in_pages(billing.subscriptions_since(since)):
        ours = _ours(page)
        rows = {row.stripe_id: row for row in Subscription.objects.filter(stripe_id__in=[each["id"] for each in ours])}
        plans = plans_in(ours)
        for each in ours:
            if gap := gap_between(each, rows.get(each["id"]), plans=plans):
                yield Doubt("subscription", each["id"], partial(_look, each["id"]), gap)


@reconciles("invoices")
def compare_invoices(since: datetime) -> Iterator[Doubt | Difference]:
    """Differences between Stripe's invoices since then and ours. Raises StripeFailed."""
    for page in in_pages(billing.invoices_since(since)):
        ours = [each for each in _ours(page) if subscription_of(each)]
        paid = Purchase.objects.paid().filter(stripe_invoice_id__in=[each["id"] for each in ours])
        known = set(paid.values_list("stripe_invoice_id", flat=True))
        for each in ours:
            if each["id"] not in known and _is_worth_a_line(each):
                yield Doubt("invoice", each["id"], partial(_look_for_the_line, each), Gap("missing", "paid"))


def gap_between(data: Data, row: Subscription | None, *, plans: dict[str, Plan] | None = None) -> Gap | None:
    """How a subscription at Stripe (plain data) and the row here disagree. One of another shop's prices never does.

    `plans` are those of its prices, if they were looked up before.
    """
    item = plan_item(data, row, ours=plans)
    if item:
        theirs = (data["status"], item.monthly_cents, item.period_end, ends_at(data, item))
    elif row:
        theirs = (PLAN_IS_GONE, row.amount_cents, row.current_period_end, None)
    else:
        return None
    ours = (row.status, row.amount_cents, row.current_period_end, row.cancel_at) if row else None
    return None if ours == theirs else Gap(_in_words(ours), _in_words(theirs))


def _ours(page: list[Data]) -> list[Data]:
    """Those of a customer of this shop's, and those that a purchase here began."""
    customers = {id for each in page if (id := id_in(each, "customer"))}
    known = set(StripeCustomer.objects.filter(stripe_id__in=customers).values_list("stripe_id", flat=True))
    pointers = {key for each in page if (key := _order_key(each))}
    ordered = set(Purchase.objects.filter(key__in=pointers).values_list("key", flat=True))
    return [each for each in page if id_in(each, "customer") in known or _order_key(each) in ordered]


def _order_key(object: Data) -> UUID | None:
    """The key of the order that began a subscription (plain data), or that of an invoice."""
    is_invoice = object["object"] == "invoice"
    return pointer_on(part(object, "parent", "subscription_details") if is_invoice else object)


def _is_worth_a_line(invoice: Data) -> bool:
    row = Subscription.objects.filter(stripe_id=subscription_of(invoice)).select_related("plan").first()
    month = month_of(billing.with_all_lines(invoice), row)
    return month is not None and month.is_worth_a_line


def _in_words(state: State | None) -> str:
    if state is None:
        return "missing"
    status, amount, period_end, end = state
    return f"{status} at {amount} until {period_end:%Y-%m-%d}, {f'ends {end:%Y-%m-%d}' if end else 'renews'}"
