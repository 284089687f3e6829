"""Invoices that do not exist yet: the next renewal's, or what a change would cost."""

from stripe_sandbox.billing import (
    invoice_items,
    invoices,
    item_changes,
    items,
    lines,
    periods,
    schedules,
    subscriptions,
)
from stripe_sandbox.billing.item_changes import Terms
from stripe_sandbox.objects import Body, Document, ids
from stripe_sandbox.store import Database, clock


def upcoming(db: Database, subscription: Document) -> Body:
    """The next renewal, as things are: at the price that a schedule has for it."""
    wanted = schedules.items_from(db, subscription, subscriptions.period_of(subscription)[1])
    return of_change(db, subscription, wanted, Terms(proration="none"))


def of_change(db: Database, subscription: Document, wanted: list[Body], terms: Terms) -> Body:
    """What would be invoiced next if these items changed now: at once, or with the next renewal."""
    after = item_changes.planned(db, subscription, wanted)
    waiting = item_changes.prorated(db, subscription, after, terms)
    found = [*invoice_items.as_lines(db, subscription.id), *(lines.of_invoice_item(body) for body in waiting)]
    start, end = subscriptions.period_of(subscription)
    is_at_once = item_changes.restarts(subscription, after) or (terms.proration == "always_invoice" and bool(waiting))
    if is_at_once:
        found += item_changes.new_lines(db, subscription, after)
        start = end = clock.now(db)
    else:
        found += [lines.of_item(db, subscription, item) for item in _renewed(subscription, after)]
    reason = "subscription_update" if is_at_once else "upcoming"
    body = invoices.body_of(db, subscription, found, reason=reason, period=(start, end))
    body |= {"id": f"upcoming_in_1{ids.random_text(23)}", "created": end}
    if not is_at_once:
        body["next_payment_attempt"] = end + invoices.HOUR
    if waiting:
        body["parent"]["subscription_details"]["subscription_proration_date"] = waiting[0]["date"]
    body["ending_balance"] = min(0, body["total"] + body["starting_balance"])
    body["lines"] = invoices.listing(body["id"], body["lines"]["data"])
    return body


def _renewed(subscription: Document, after: list[Body]) -> list[Body]:
    _, end = subscriptions.period_of(subscription)
    recurring = after[0]["price"]["recurring"]
    following = periods.end_after(subscription.body["billing_cycle_anchor"], recurring, end)
    return [items.for_period(item, start=end, end=following) for item in after]
