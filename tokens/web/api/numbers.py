"""The one place where money becomes a float: a JSON number in whole currency units."""

from tokens.money import to_decimal


def json_money(cents: int, currency: str) -> float:
    """4000 usd is 40.0. For showing only; nothing computes with it."""
    return float(to_decimal(cents, currency))


def json_unit_price(cents: int, tokens: int, currency: str) -> float:
    """The price of one token, rounded to four places more than the currency's least."""
    return round(float(to_decimal(cents, currency) / tokens), 6)
