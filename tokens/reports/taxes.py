"""The tax within what was paid and refunded, by the rows of purchases and refunds.

A refund has its share of the purchase's tax; the shares of several add up to the tax of what came back, to the cent. A
dispute takes no tax with it: the shop may owe that all the same.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import BigIntegerField, Case, Expression, F, OuterRef, Subquery, Sum, Value, When
from django.db.models.functions import Cast, Coalesce, Least

from tokens.models import Purchase, Refund


@dataclass(frozen=True)
class Tax:
    """What was paid and refunded in one currency with tax, and the tax in it, in the smallest unit."""

    paid: int = 0
    paid_tax: int = 0
    refunded: int = 0
    refunded_tax: int = 0

    @property
    def due(self) -> int:
        """The tax that was collected and not refunded."""
        return self.paid_tax - self.refunded_tax

    @property
    def rows(self) -> list[tuple[str, int, int, int]]:
        """Each line by its name: with tax, the tax in it, and without tax."""
        lines = [
            ("Payments", self.paid, self.paid_tax),
            ("Refunds", -self.refunded, -self.refunded_tax),
            ("Payments less refunds", self.paid - self.refunded, self.due),
        ]
        return [(name, gross, tax, gross - tax) for name, gross, tax in lines]


def tax_of_refund() -> Expression:
    """The tax within a refund, for a query of refunds; nothing is looked up where the purchase had none."""
    earlier = Refund.objects.counting().filter(purchase=OuterRef("purchase"), pk__lt=OuterRef("pk")).order_by()
    before = Coalesce(Subquery(earlier.values("purchase").annotate(sum=Sum("amount_cents")).values("sum")), 0)
    share = _part(before + F("amount_cents")) - _part(before)
    has_tax = When(purchase__tax_cents__gt=0, purchase__paid_cents__gt=0, then=share)
    return Case(has_tax, default=Value(0), output_field=_BIG)


def taxes(start: datetime, end: datetime) -> dict[str, Tax]:
    """By currency, of the payments and refunds from `start` up to but without `end`. Two statements."""
    paid = Purchase.objects.filter(is_simulated=False, completed_at__gte=start, completed_at__lt=end).order_by()
    back = Refund.objects.counting().filter(purchase__is_simulated=False, created_at__gte=start, created_at__lt=end)
    found: defaultdict[str, Tax] = defaultdict(Tax)
    for currency, gross, tax in paid.values_list("currency").annotate(gross=Sum("paid_cents"), tax=Sum("tax_cents")):
        found[currency] = replace(found[currency], paid=gross, paid_tax=tax)
    sums = back.order_by().annotate(tax=tax_of_refund()).values_list("purchase__currency")
    for currency, gross, tax in sums.annotate(Sum("amount_cents"), Sum("tax")):
        found[currency] = replace(found[currency], refunded=gross, refunded_tax=tax)
    return dict(sorted(found.items()))


_BIG = BigIntegerField()


def _part(refunded: Expression) -> Expression:
    """The tax within the first so many cents of a payment, half up."""
    paid, tax = (Cast(F(f"purchase__{name}"), _BIG) for name in ("paid_cents", "tax_cents"))
    so_far = Least(Cast(refunded, _BIG), paid)
    return (2 * tax * so_far + paid) / (2 * paid)
