"""The one place where money becomes a float: a JSON number in whole currency units."""

from typing import Any

from rest_framework import serializers

from tokens.money import to_decimal


def json_money(cents: int, currency: str) -> float:
    """4000 usd is 40.0. For showing only; nothing computes with it."""
    return float(to_decimal(cents, currency))


def json_unit_price(cents: int, tokens: int, currency: str) -> float:
    """The price of one token, rounded to four places more than the currency's least."""
    return round(float(to_decimal(cents, currency) / tokens), 6)


class MoneyField(serializers.FloatField):
    """A row's cents, by the name of their column, as an amount in the currency that the row names."""

    def __init__(self, cents: str, **kwargs: Any) -> None:
        self.cents = cents
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, row: Any) -> Any:
        return json_money(getattr(row, self.cents), row.currency)


class CentsField(serializers.IntegerField):
    """The same amount exactly: a row's cents, by the name of their column, in the smallest unit of its currency."""

    def __init__(self, cents: str, **kwargs: Any) -> None:
        of = kwargs.pop("of", "price")
        kwargs.setdefault("help_text", f"`{of}` in the smallest unit of `currency`.")
        self.cents = cents
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, row: Any) -> Any:
        return getattr(row, self.cents)
