from decimal import Decimal

import pytest

from tokens.money import format_money, format_unit_price, to_decimal


@pytest.mark.parametrize(
    ("cents", "currency", "shown"),
    [
        (4000, "usd", "$40.00"),
        (5, "usd", "$0.05"),
        (-125000, "usd", "-$1,250.00"),
        (1500, "jpy", "¥1,500"),
        (1234, "kwd", "1.234 KWD"),
        (4000, "chf", "40.00 CHF"),
    ],
)
def test_money_is_shown_with_the_decimals_of_its_currency(cents, currency, shown):
    assert format_money(cents, currency) == shown


def test_yen_are_not_divided_by_a_hundred():
    assert to_decimal(1500, "jpy") == Decimal("1500")


@pytest.mark.parametrize(
    ("cents", "tokens", "currency", "shown"),
    [
        (4000, 500, "usd", "$0.08"),
        (1000, 100, "usd", "$0.10"),
        (4500, 500, "usd", "$0.09"),
        (1000, 300, "usd", "$0.033333"),
        (1500, 100, "jpy", "¥15"),
    ],
)
def test_the_price_of_one_token_has_the_decimals_it_needs(cents, tokens, currency, shown):
    assert format_unit_price(cents, tokens, currency) == shown
