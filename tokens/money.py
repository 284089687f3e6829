"""Money is an integer of the currency's minor unit plus the currency; this module only shows it."""

from decimal import Decimal

# https://docs.stripe.com/currencies#zero-decimal, and the three-decimal ones below it.
ZERO_DECIMAL = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split())
THREE_DECIMAL = frozenset("bhd jod kwd omr tnd".split())
# What packages may be sold in; any of Stripe's currencies can be added.
CURRENCIES = ("usd", "eur", "gbp", "aud", "cad", "chf", "dkk", "jpy", "nok", "nzd", "sek", "sgd")
SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}


def exponent(currency: str) -> int:
    """How many decimal places the currency has: 2 for usd, 0 for jpy, 3 for kwd."""
    code = currency.lower()
    if code in ZERO_DECIMAL:
        return 0
    return 3 if code in THREE_DECIMAL else 2


def to_decimal(cents: int, currency: str) -> Decimal:
    """Minor units as an exact amount: 4000 usd is Decimal("40.00"), 1500 jpy is Decimal("1500")."""
    return Decimal(cents).scaleb(-exponent(currency))


def to_cents(amount: Decimal, currency: str) -> int | None:
    """The reverse: Decimal("40.00") usd is 4000; None for more decimals than the currency has."""
    cents = amount.scaleb(exponent(currency))
    return int(cents) if cents == cents.to_integral_value() else None


def format_money(cents: int, currency: str) -> str:
    """An amount in the currency's smallest unit, for people: "$40.00", "-$1,250.00", "¥1,500", "40.00 CHF"."""
    sign, digits = ("-" if cents < 0 else ""), f"{abs(to_decimal(cents, currency)):,}"
    symbol = SYMBOLS.get(currency.lower())
    return f"{sign}{symbol}{digits}" if symbol else f"{sign}{digits} {currency.upper()}"


def format_unit_price(cents: int, tokens: int, currency: str) -> str:
    """The price of one token: "$0.08"; as many decimals as it takes, at most four more than the currency has."""
    places = exponent(currency)
    unit = (to_decimal(cents, currency) / tokens).quantize(Decimal(1).scaleb(-places - 4)).normalize()
    if -int(unit.as_tuple().exponent) < places:
        unit = unit.quantize(Decimal(1).scaleb(-places))
    symbol = SYMBOLS.get(currency.lower())
    return f"{symbol}{unit:f}" if symbol else f"{unit:f} {currency.upper()}"
