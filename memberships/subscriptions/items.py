"""Which item of a subscription at Stripe is the plan, and what a month of an invoice is.

A subscription may have other products beside the plan, and an invoice lines of anything. The plan is the item whose
price is one of ours, or the one known before, should staff have given it a price of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from memberships import plans
from memberships.models import Invoice, Plan, Subscription
from tokens.stripe_api.pointers import id_in, part

Data = dict[str, Any]


@dataclass(frozen=True)
class PlanItem:
    """An item of a subscription (plain data), the plan it is, and the items of other products beside it.

    `ours` are all plans of the subscription, present and to come, by the ids of their prices.
    """

    data: Data
    plan: Plan
    others: list[Data]
    ours: dict[str, Plan]

    @property
    def id(self) -> str:
        return str(self.data["id"])

    @property
    def price_id(self) -> str:
        return str(self.data["price"]["id"])

    @property
    def monthly_cents(self) -> int:
        """What it costs each month, in the smallest unit; a price may say fractions of it."""
        price = self.data["price"]
        each = Decimal(price["unit_amount"] if price["unit_amount"] is not None else price["unit_amount_decimal"] or 0)
        quantity = self.data.get("quantity")
        return int(each * (1 if quantity is None else quantity) + Decimal("0.5"))

    @property
    def period_start(self) -> datetime:
        return moment(self.data["current_period_start"])

    @property
    def period_end(self) -> datetime:
        return moment(self.data["current_period_end"])


def plan_item(
    subscription: Data, known: Subscription | None, *, ours: dict[str, Plan] | None = None
) -> PlanItem | None:
    """The plan in a subscription (plain data); None when it holds none. `known` is its row here.

    Of several of ours, the one that covers most counts, as everywhere. `ours` spares looking the prices up.
    """
    items: list[Data] = subscription["items"]["data"]
    ours = plans_in([subscription]) if ours is None else ours
    found = [(item, ours[id]) for item in items if (id := id_in(item, "price")) in ours]
    if not found and known:
        found = [(item, known.plan) for item in items if item["id"] == known.item_id]
    if not found:
        return None
    item, plan = max(found, key=lambda each: (each[1].weight(), known is not None and each[0]["id"] == known.item_id))
    return PlanItem(item, plan, [other for other in items if other is not item], ours)


def plans_in(subscriptions: list[Data]) -> dict[str, Plan]:
    """The plans that subscriptions (plain data) hold, or change to, by the ids of their prices: one look for all."""
    return plans.of_prices([price for each in subscriptions for price in _prices(each)])


def _prices(subscription: Data) -> list[Data]:
    phases: list[Data] = part(subscription, "schedule").get("phases") or []
    to_come = [{"id": id_in(item, "price")} for phase in phases for item in phase["items"]]
    # What is held says more of a price than a phase does, so it stands last.
    return [*to_come, *(part(item, "price") for item in subscription["items"]["data"])]


def has_others(subscription: Data, row: Subscription) -> bool:
    """Whether a subscription (plain data) has other products beside the plan, which continue without it."""
    item = plan_item(subscription, row)
    return item is not None and bool(item.others)


def moment(seconds: int) -> datetime:
    """Stripe's Unix time (seconds) as a datetime in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


@dataclass(frozen=True)
class Month:
    """What an invoice charges for a plan, in the smallest unit: a whole month, or what changed within one."""

    plan: Plan
    start: datetime
    end: datetime
    is_whole: bool
    price_cents: int
    paid_cents: int
    tax_cents: int

    @property
    def is_worth_a_line(self) -> bool:
        """Whether something was paid, or a whole month was free; what only moves credit about is not shown."""
        return self.paid_cents > 0 or self.is_whole


def month_of(invoice: Data, subscription: Subscription | None) -> Month | None:
    """What an invoice (plain data with all its lines) says of the plan; None when it charges only for other things.

    `subscription` is the row of the subscription it is of, if there is one.
    """
    lines: list[Data] = part(invoice, "lines").get("data") or []
    ours = plans.of_prices([{"id": id} for line in lines if (id := _price_id(line))])
    item_id = subscription.item_id if subscription else None
    found = [
        (line, plan)
        for line in lines
        if (item := _item_of(line))
        and (
            plan := ours.get(_price_id(line) or "") or (subscription.plan if subscription and item == item_id else None)
        )
    ]
    if not found:
        return None
    line, plan = max(found, key=lambda each: _rank(*each))
    is_whole = invoice["billing_reason"] in Invoice.WHOLE_PERIOD and not _is_proration(line)
    charged = [line for line, _ in found]
    # The price is before discounts, as it is for an order; what was paid is noted beside it.
    price = max(0, sum(int(each["amount"]) for each in charged))
    paid = _paid_of(invoice, charged, is_alone=len(found) == len(lines))
    tax = min(paid, max(0, sum(map(_tax_of, charged))))
    return Month(plan, moment(line["period"]["start"]), moment(line["period"]["end"]), is_whole, price, paid, tax)


def _rank(line: Data, plan: Plan) -> tuple[Any, ...]:
    """The whole month before what changed within one, what is charged before what is credited, then the plan's weight.

    The amount says nothing: a discount or a customer's credit may take all of it.
    """
    return not _is_proration(line), not _is_credit(line), plan.weight()


def _paid_of(invoice: Data, lines: list[Data], *, is_alone: bool) -> int:
    """What was paid for these lines; of an invoice with other lines, in proportion to what they cost in the end."""
    paid, total = int(invoice["amount_paid"]), int(invoice["total"])
    if is_alone:
        return paid
    cost = max(0, sum(map(_net, lines)))
    return min(paid, (2 * paid * cost + total) // (2 * total)) if total > 0 else 0


def _net(line: Data) -> int:
    """With its discounts and the taxes that come on top."""
    discounts = sum(each["amount"] for each in line.get("discount_amounts") or [])
    taxes = sum(each["amount"] for each in line.get("taxes") or [] if each["tax_behavior"] == "exclusive")
    return int(line["amount"]) - discounts + taxes


def _tax_of(line: Data) -> int:
    """On top or within."""
    return sum(int(each["amount"]) for each in line.get("taxes") or [])


def _price_id(line: Data) -> str | None:
    return id_in(part(line, "pricing", "price_details"), "price")


def _item_of(line: Data) -> str | None:
    """The subscription item a line is of; a one-time charge is of none."""
    return id_in(part(line, "parent", "subscription_item_details"), "subscription_item")


def _is_credit(line: Data) -> bool:
    details = part(line, "parent", "subscription_item_details", "proration_details")
    return line["amount"] < 0 or bool(details.get("credited_items"))


def _is_proration(line: Data) -> bool:
    return bool(part(line, "parent", "subscription_item_details").get("proration"))
