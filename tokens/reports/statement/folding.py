"""A day's repeats of one action as one row, which opens to its lines."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from itertools import groupby

from tokens.reports.statement.lines import Line


@dataclass(frozen=True)
class Group:
    """Neighbouring lines of one day (UTC) that say the same of the same action, the newest first, or a single line."""

    day: date
    what: str
    about: str
    tokens: int
    balance_after: int
    lines: Sequence[Line]

    @property
    def is_folded(self) -> bool:
        return len(self.lines) > 1


def fold(lines: Iterable[Line]) -> list[Group]:
    """The lines of a page in groups, in their order; what is no action stays by itself.

    Only neighbours are put together, so that each row's balance is that of the row below and the row's own tokens.
    """
    return [_group(list(group)) for _, group in groupby(lines, key=_alike)]


def _alike(line: Line) -> Hashable:
    return (line.at.astimezone(UTC).date(), line.kind, line.repeated) if line.repeated else line.id


def _group(lines: list[Line]) -> Group:
    newest = lines[0]
    return Group(
        day=newest.at.astimezone(UTC).date(),
        what=newest.what if len(lines) == 1 else newest.repeated,
        about=newest.about if len(lines) == 1 else "",
        tokens=sum(line.tokens for line in lines),
        balance_after=newest.balance_after,
        lines=lines,
    )
