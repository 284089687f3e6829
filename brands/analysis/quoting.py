"""What analysing costs now, before it is done. Nothing changes."""

from __future__ import annotations

from brands.analysis import engines
from brands.analysis.running import ACTION
from tokens.catalog import get_catalog
from tokens.spending.quote import Quote, quote


def quote_analyses(user_id: int, count: int) -> Quote:
    """What these analyses would cost, in tokens; with rules that are free, 0."""
    items = [] if engines.is_free(engines.engine_now()) else [(ACTION, count)]
    return quote(user_id, items)


def price_of_one() -> int:
    """What one analysis costs now, in tokens."""
    return 0 if engines.is_free(engines.engine_now()) else get_catalog().cost(ACTION).tokens
