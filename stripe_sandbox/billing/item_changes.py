"""Another price or quantity for a subscription's items, with or without prorations, and paid for at once or not.

Another interval starts a new period at once, which is always invoiced.
"""

from dataclasses import dataclass

from stripe_sandbox.billing import (
    collection,
    invoice_items,
    invoices,
    items,
    lines,
    pending_updates,
    periods,
    prorations,
    subscriptions,
)
from stripe_sandbox.catalogue import prices
from stripe_sandbox.errors import StripeError, missing
from stripe_sandbox.objects import Body, Document, documents
from stripe_sandbox.store import Database, clock


class PaymentRefused(StripeError):
    """`payment_behavior=error_if_incomplete`: the request is undone as a whole."""

    def __init__(self, message: str) -> None:
        super().__init__(message, status=402, type="card_error", code="card_declined")


@dataclass(frozen=True)
class Terms:
    """How a change is paid for; `at` is the moment up to which the old price counts."""

    proration: str = "create_prorations"
    payment: str = "allow_incomplete"
    at: int | None = None


def make(db: Database, subscription: Document, wanted: list[Body], terms: Terms) -> None:
    """Change a subscription's items to `wanted`, prorated and invoiced as `terms` say. Raises StripeError."""
    after = planned(db, subscription, wanted)
    if after == subscriptions.items_of(subscription):
        return
    waiting = prorated(db, subscription, after, terms)
    pending_updates.drop(db, subscription)
    whole = new_lines(db, subscription, after)
    is_invoiced = terms.proration == "always_invoice" or restarts(subscription, after)
    if terms.payment == "pending_if_incomplete" and is_invoiced:
        invoice_items.add(db, waiting)
        invoice = _draft(db, subscription, whole)
        pending_updates.begin(db, subscription, invoice, after)
        attempt = collection.finalize_and_collect(db, invoice)
        if not attempt.is_paid:
            pending_updates.wait(db, subscription, invoice, after)
        return
    _switch(db, subscription, after)
    invoice_items.add(db, waiting)
    if is_invoiced:
        _invoice(db, subscription, whole, terms)


def planned(db: Database, subscription: Document, wanted: list[Body]) -> list[Body]:
    """The subscription's items as they would be then: changed, removed, and new ones last."""
    places = {_item_id(subscription, item, place): place for place, item in enumerate(wanted) if "id" in item}
    after = []
    for item in subscriptions.items_of(subscription):
        place = places.get(item["id"], 0)
        change: Body = wanted[place] if item["id"] in places else {}
        if change.get("deleted"):
            continue
        price = _price(db, subscription, change, place) or item["price"]
        quantity: int = change["quantity"] if "quantity" in change else item["quantity"]
        after.append(items.with_price(item, price, quantity=quantity))
    after += [_new(db, subscription, item, place) for place, item in enumerate(wanted) if "id" not in item]
    if not after:
        raise StripeError("A subscription must have at least one active item.", param="items")
    intervals = {_interval(item) for item in after}
    if len(intervals) > 1:
        raise StripeError("All prices on a subscription must have the same interval.", param="items")
    if intervals == {_interval(item) for item in subscriptions.items_of(subscription)}:
        return after
    now = clock.now(db)
    end = periods.end_after(now, after[0]["price"]["recurring"], now)
    return [items.for_period(item, start=now, end=end) for item in after]


def _new(db: Database, subscription: Document, wanted: Body, place: int) -> Body:
    price = _price(db, subscription, wanted, place)
    if price is None:
        raise missing(f"items[{place}][price]")
    start, end = subscriptions.period_of(subscription)
    return items.new(db, subscription.id, price, quantity=wanted.get("quantity", 1), start=start, end=end)


def prorated(db: Database, subscription: Document, after: list[Body], terms: Terms) -> list[Body]:
    """The proration lines of a change to the items `after`; amounts in the smallest unit."""
    if terms.proration == "none":
        return []
    start, end = subscriptions.period_of(subscription)
    at = clock.now(db) if terms.at is None else terms.at
    if not start <= at <= end:
        raise StripeError(
            "Invalid `proration_date`: it must be within the current period of the subscription.",
            param="proration_date",
        )
    return prorations.build(db, subscription, subscriptions.items_of(subscription), after, at=at)


def restarts(subscription: Document, after: list[Body]) -> bool:
    """Whether changing the items to `after` starts a new period now, as another interval does."""
    _, end = subscriptions.period_of(subscription)
    return bool(after[0]["current_period_end"] != end)


def new_lines(db: Database, subscription: Document, after: list[Body]) -> list[Body]:
    """What an invoice made at once holds beside the prorations: the periods that start anew."""
    return [lines.of_item(db, subscription, item) for item in after] if restarts(subscription, after) else []


def _draft(db: Database, subscription: Document, whole: list[Body]) -> Document:
    """With everything that waited for an invoice."""
    found = [*invoice_items.as_lines(db, subscription.id), *whole]
    invoice = invoices.draft(db, subscription, found, reason="subscription_update")
    invoice_items.take(db, invoice, subscription.id)
    return invoice


def _switch(db: Database, subscription: Document, after: list[Body]) -> None:
    fields: Body = {"items": subscriptions.with_items(subscription, after)}
    if restarts(subscription, after):
        fields["billing_cycle_anchor"] = after[0]["current_period_start"]
    subscriptions.change(db, subscription, **fields)


def _invoice(db: Database, subscription: Document, whole: list[Body], terms: Terms) -> None:
    invoice = _draft(db, subscription, whole)
    subscription.body["latest_invoice"] = invoice.id
    documents.save(db, subscription)
    attempt = collection.finalize_and_collect(db, invoice)
    if terms.payment == "error_if_incomplete" and not attempt.is_paid:
        raise PaymentRefused((attempt.error or {}).get("message", "This payment requires authentication."))


def _item_id(subscription: Document, item: Body, place: int) -> str:
    if item["id"] not in {known["id"] for known in subscriptions.items_of(subscription)}:
        raise StripeError(
            f"No such subscription item: '{item['id']}'", code="resource_missing", param=f"items[{place}][id]"
        )
    return str(item["id"])


def _price(db: Database, subscription: Document, change: Body, place: int) -> Body | None:
    where = f"items[{place}]"
    if "price_data" in change:
        price = prices.build(db, change["price_data"], where=f"{where}[price_data]").body
    elif "price" in change:
        price = prices.sold(db, change["price"], param=f"{where}[price]").body
    else:
        return None
    if price["recurring"] is None:
        raise StripeError("The price specified must be recurring.", param=f"{where}[price]")
    if price["currency"] != subscription.body["currency"]:
        raise StripeError("The currency of a subscription cannot be changed.", param=f"{where}[price]")
    return price


def _interval(item: Body) -> tuple[str, int]:
    recurring = item["price"]["recurring"]
    return recurring["interval"], recurring["interval_count"]
