"""What the tokens of an import are for, by the figures of its quote: for the file, and for which domains."""

from __future__ import annotations

from typing import NamedTuple

from brands.bulk_import.quote import Quote
from brands.bulk_import.rows import Verdict
from memberships.payer import Payer, Payment
from tokens.wording import counted

# As a sentence says them; a row that is new is not skipped.
SKIPPED = {
    Verdict.DUPLICATE: ("duplicate", "duplicates"),
    Verdict.ALREADY_YOURS: ("already yours", "already yours"),
    Verdict.INVALID: ("invalid", "invalid"),
}


class Part(NamedTuple):
    """`tokens` of the total, and what they are for: “for the file”."""

    tokens: int
    what: str


def total_of(quote: Quote) -> int:
    """The tokens that the file would cost; where something is short, those that it takes."""
    return quote.payment.required if quote.payment.unpaid else quote.payment.tokens


def parts_of(quote: Quote) -> list[Part]:
    """The parts that `total_of` is the sum of, in the order in which they are charged; none where it is 0."""
    total, price = total_of(quote), quote.price
    if not total:
        return []
    units = (total - price.fee) // price.each
    each = f" at {price.each} each" if price.each > 1 else ""
    domains = Part(units * price.each, f"for {counted(units, 'domain')}{each}{_why(quote.payment)}")
    return [Part(price.fee, "for the file"), domains] if price.fee else [domains]


def plan_units(quote: Quote) -> dict[str, int]:
    """How many domains each plan pays for. None does for a file that tokens, which come first, must pay in whole."""
    if quote.payment.unpaid and quote.payment.tokens_first:
        return {}
    return {str(payer): count for payer, count in quote.payment.counts.items() if payer != Payer.TOKENS}


def skipped_in_words(quote: Quote) -> str:
    """“3 rows are skipped and cost nothing: 2 duplicates, 1 invalid.”; "" when every row is new."""
    found = [(quote.counts[verdict], *words) for verdict, words in SKIPPED.items() if quote.counts[verdict]]
    rows = sum(count for count, *_ in found)
    if not rows:
        return ""
    each = ", ".join(counted(count, one, many) for count, one, many in found)
    do = "is skipped and costs" if rows == 1 else "are skipped and cost"
    return f"{counted(rows, 'row')} {do} nothing: {each}."


def _why(payment: Payment) -> str:
    """Why these are paid in tokens; it follows “for 11 domains”."""
    plan = "your plan" if payment.has_plan else "the free plan"
    if not payment.tokens_first:
        return f" beyond {plan}"
    if payment.unpaid:
        return f", because tokens pay first and {plan} doesn't cover all of them"
    return ", because tokens pay first"
