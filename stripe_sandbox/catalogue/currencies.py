"""Currencies: which Stripe charges in, how small an amount it takes, and how a page writes one."""

_ALL = frozenset(
    "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf "
    "clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr "
    "ils inr isk jmd jpy kes kgs khr kmf krw kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk "
    "mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp "
    "sle sos srd std szl thb tjs top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw bhd "
    "jod kwd omr tnd".split()
)
_NO_MINOR_UNIT = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split())
_THREE_DECIMALS = frozenset("bhd jod kwd omr tnd".split())
# https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts, in minor units; 50 where Stripe names none.
_SMALLEST = {
    "aed": 200, "bgn": 100, "czk": 1500, "dkk": 250, "gbp": 30, "hkd": 400, "huf": 17500, "mxn": 1000, "myr": 200,
    "nok": 300, "pln": 200, "ron": 200, "sek": 300, "thb": 1000,
}  # fmt: skip
_SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "cad": "CA$", "aud": "A$", "inr": "₹", "krw": "₩"}


def is_known(currency: str) -> bool:
    """Whether Stripe can charge in this currency (lower-case ISO 4217)."""
    return currency in _ALL


def smallest_charge(currency: str) -> int:
    """Stripe's minimum charge in this currency, in its smallest unit.

    https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
    """
    return _SMALLEST.get(currency, 50)


def places(currency: str) -> int:
    """How many decimals the currency has."""
    return 0 if currency in _NO_MINOR_UNIT else 3 if currency in _THREE_DECIMALS else 2


def shown(amount: int, currency: str) -> str:
    """An amount in the smallest unit, for people: $40.00, -$5.00."""
    digits = places(currency)
    whole, rest = divmod(abs(amount), 10**digits)
    number = f"{whole:,}" + (f".{rest:0{digits}d}" if digits else "")
    symbol = _SYMBOLS.get(currency)
    sign = "-" if amount < 0 else ""
    return f"{sign}{symbol}{number}" if symbol else f"{sign}{number} {currency.upper()}"
