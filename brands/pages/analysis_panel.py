"""What the page of a domain shows of its analyses: the newest, and each suggestion beside what is said now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Max

from brands.analysis.applying import said_of
from brands.analysis.engines import engine_now, is_rule_based, label_of, model_of
from brands.analysis.quoting import price_of_one
from brands.analysis.running import OPEN
from brands.details import SUGGESTED
from brands.models import Analysis, Brand, Category


@dataclass(frozen=True)
class Row:
    """One field: what the brand says `now` and what is `suggested`, both as people read them."""

    field: str
    label: str
    now: str
    suggested: str

    @property
    def is_taken(self) -> bool:
        return self.now == self.suggested


@dataclass(frozen=True)
class Panel:
    """`newest` is whatever was asked for last; `done` the newest with a result; `price` is in tokens."""

    newest: Analysis | None
    done: Analysis | None
    rows: list[Row]
    price: int
    engine: str
    is_rule_based: bool

    @property
    def is_open(self) -> bool:
        return self.newest is not None and self.newest.status in OPEN

    @property
    def has_failed(self) -> bool:
        return self.newest is not None and self.newest.status == Analysis.Status.FAILED

    @property
    def result(self) -> dict[str, Any]:
        return (self.done.result if self.done else None) or {}

    @property
    def to_apply(self) -> int:
        """How many suggestions the brand doesn't say yet."""
        return sum(bool(row.suggested) and not row.is_taken for row in self.rows)

    @property
    def made_by(self) -> str:
        return label_of(self.done.engine, self.done.model) if self.done else ""

    @property
    def seen(self) -> int:
        """The id of the newest analysis on the page; 0 for none."""
        return self.newest.pk if self.newest else 0


def panel_of(brand: Brand) -> Panel:
    """What a domain's page shows about its analyses. Four statements at most."""
    newest = Analysis.objects.filter(brand=brand).order_by("-pk").first()
    done = newest
    if newest and newest.status != Analysis.Status.DONE:
        done = Analysis.objects.filter(brand=brand, status=Analysis.Status.DONE).order_by("-pk").first()
    rows = _rows(brand, done.result) if done and done.result else []
    return Panel(newest, done, rows, price_of_one(), engine_shown(), is_rule_based())


def newest_of(brand_ids: list[int]) -> int:
    """The id of the newest analysis of any of these brands, 0 for none."""
    return Analysis.objects.filter(brand__in=brand_ids).aggregate(pk=Max("pk"))["pk"] or 0


def engine_shown() -> str:
    """The engine that would analyse now, in words for pages."""
    engine = engine_now()
    return label_of(engine, model_of(engine))


def _rows(brand: Brand, result: dict[str, Any]) -> list[Row]:
    names = dict(Category.objects.values_list("key", "name"))
    rows = []
    for field, label in SUGGESTED.items():
        now, suggested = said_of(brand, field), result.get(field, "")
        if field == "category":
            now, suggested = names.get(now, now), names.get(suggested, suggested)
        elif field == "brand_type":
            now, suggested = now.capitalize(), suggested.capitalize()
        rows.append(Row(field, label, now, suggested))
    return rows
