"""Automatic tax, much simplified: one rate for each country, added to a price or, where it says so, contained in it.

The rates are each country's standard one for digital services as of 2026, and one for all of the United States, which
really have thousands. A business of another country that gives its tax ID pays nothing: it accounts for the tax itself
(reverse charge). Anywhere else nothing is collected. The shop is in the United States.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Body, changes, documents
from stripe_sandbox.store import Database

HOME = "US"
# Per cent, as text: a float would not hold 8.1.
RATES = {
    "US": "8",
    "AT": "20",
    "AU": "10",
    "BE": "21",
    "CA": "5",
    "CH": "8.1",
    "DE": "19",
    "DK": "25",
    "ES": "21",
    "FI": "25.5",
    "FR": "20",
    "GB": "20",
    "IE": "23",
    "IT": "22",
    "JP": "10",
    "NL": "21",
    "NO": "25",
    "NZ": "15",
    "PL": "23",
    "PT": "23",
    "SE": "25",
}
# The ones above and some where no tax is collected, as the hosted page lists them.
NAMES = (
    ("AR", "Argentina"),
    ("AU", "Australia"),
    ("AT", "Austria"),
    ("BE", "Belgium"),
    ("BR", "Brazil"),
    ("CA", "Canada"),
    ("DK", "Denmark"),
    ("FI", "Finland"),
    ("FR", "France"),
    ("DE", "Germany"),
    ("IN", "India"),
    ("IE", "Ireland"),
    ("IT", "Italy"),
    ("JP", "Japan"),
    ("MX", "Mexico"),
    ("NL", "Netherlands"),
    ("NZ", "New Zealand"),
    ("NO", "Norway"),
    ("PL", "Poland"),
    ("PT", "Portugal"),
    ("ES", "Spain"),
    ("SE", "Sweden"),
    ("CH", "Switzerland"),
    ("GB", "United Kingdom"),
    ("US", "United States"),
)
_EU = frozenset("AT BE DE DK ES FI FR IE IT NL PL PT SE".split())
# How a tax ID of a country is called, and what it looks like; the others' are taken as `eu_vat` alone.
_FORMS = {
    "US": ("us_ein", r"\d{2}-\d{7}"),
    "AU": ("au_abn", r"\d{11}"),
    "CA": ("ca_bn", r"\d{9}"),
    "CH": ("ch_vat", r"CHE-?\d{3}\.?\d{3}\.?\d{3} (MWST|TVA|IVA)"),
    "GB": ("gb_vat", r"GB\d{9}(\d{3})?"),
    "JP": ("jp_trn", r"T\d{13}"),
    "NO": ("no_vat", r"\d{9}MVA"),
    "NZ": ("nz_gst", r"\d{8,9}"),
}


@dataclass(frozen=True)
class Buyer:
    """Where a buyer is, as far as taxes go; `exempt` is the customer's `tax_exempt`."""

    country: str
    has_tax_id: bool = False
    exempt: str = "none"

    @property
    def rate(self) -> Decimal:
        """Per cent."""
        is_free = self.is_reverse or self.exempt == "exempt"
        return Decimal(0) if is_free else Decimal(RATES.get(self.country, "0"))

    @property
    def is_reverse(self) -> bool:
        """Whether the buyer is a business abroad, which accounts for the tax itself."""
        return self.exempt == "reverse" or (self.has_tax_id and self.country != HOME)

    @property
    def reason(self) -> str:
        """Stripe's word for why so much is collected."""
        if self.exempt == "exempt":
            return "customer_exempt"
        if self.is_reverse:
            return "reverse_charge"
        return "standard_rated" if self.country in RATES else "not_collecting"


def on(db: Database, buyer: Buyer, amount: int, *, behavior: str) -> Body:
    """The tax on a line's amount (smallest unit) as an `item` has it; half a unit is rounded up."""
    is_inclusive = behavior == "inclusive"
    whole = 100 + buyer.rate if is_inclusive else Decimal(100)
    tax = int((amount * buyer.rate / whole).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    return {
        "amount": tax,
        "rate": _rate(db, buyer, is_inclusive=is_inclusive),
        "taxability_reason": buyer.reason,
        "taxable_amount": amount - tax if is_inclusive else amount,
    }


def as_invoiced(tax: Body) -> Body:
    """A tax of a session's line, as a line of an invoice has it."""
    return {
        "amount": tax["amount"],
        "tax_behavior": "inclusive" if tax["rate"]["inclusive"] else "exclusive",
        "tax_rate_details": {"tax_rate": tax["rate"]["id"]},
        "taxability_reason": tax["taxability_reason"],
        "taxable_amount": tax["taxable_amount"],
        "type": "tax_rate_details",
    }


def tax_id(country: str, value: str) -> Body:
    """A tax ID as it was typed, with its type. Raises StripeError for one that has not the form of its country."""
    kind, form = ("eu_vat", rf"{country}[0-9A-Z]{{8,12}}") if country in _EU else _FORMS.get(country, ("", ""))
    value = value.strip().upper()
    if not kind or re.fullmatch(form, value, re.ASCII) is None:
        raise StripeError("Invalid value for tax ID.", code="tax_id_invalid", param="tax_id")
    return {"type": kind, "value": value}


def _rate(db: Database, buyer: Buyer, *, is_inclusive: bool) -> Body:
    """The tax rate as an object, which is made when it is first used."""
    percent = buyer.rate
    id = f"txr_1Sandbox{buyer.country}{str(percent).replace('.', 'p')}{'in' if is_inclusive else 'ex'}"
    found = documents.find(db, "tax_rate", id)
    if found is None:
        found = changes.make(
            db,
            "tax_rate",
            id=id,
            country=buyer.country,
            display_name="Sales tax" if buyer.country == HOME else "VAT",
            effective_percentage=float(percent),
            inclusive=is_inclusive,
            jurisdiction=buyer.country,
            percentage=float(percent),
            tax_type="sales_tax" if buyer.country == HOME else "vat",
        )
    return found.body
