"""What analysing costs now, before it is done. Nothing changes."""

from __future__ import annotations

import re
from dataclasses import replace

from brands.analysis import engines
from brands.analysis.running import ACTION
from tokens.catalog import Cost, get_catalog, names_past, names_price
from tokens.spending.quote import Quote, quote


@names_price(ACTION)
def by_engine(cost: Cost) -> Cost:
    """The price of an analysis by whoever makes it now: what rules make is called rule-based, never AI."""
    if engines.engine_now() == engines.MODEL:
        return cost
    return replace(cost, label=_rule_based(cost.label), description=_rule_based(cost.description))


@names_past(ACTION)
def by_any_engine(label: str) -> str:
    """What was spent on analyses, made by rules or by a model, whichever there was at the time."""
    kind, _, rest = label.partition(" ")
    return rest[:1].upper() + rest[1:] if kind in ("AI", "Rule-based") and rest else label


def _rule_based(text: str) -> str:
    if not text or "rule-based" in text.lower():
        return text
    named = re.sub(r"\bAI\b", "Rule-based", text)
    return named if named != text else f"{text} (rule-based)"


def quote_analyses(user_id: int, count: int) -> Quote:
    """What these analyses would cost, in tokens; with rules that are free, 0."""
    items = [] if engines.is_free(engines.engine_now()) else [(ACTION, count)]
    return quote(user_id, items)


def price_of_one() -> int:
    """What one analysis costs now, in tokens."""
    return 0 if engines.is_free(engines.engine_now()) else get_catalog().cost(ACTION).tokens
