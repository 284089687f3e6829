"""A day's repeats of one action as one row, which opens to its lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date

from tokens.catalog import Catalog
from tokens.reports.statement.lines import Kind, Line


@dataclass(frozen=True)
class Group:
    """Lines of one day (UTC) of the same kind and action, the newest first; a single line is a group too.

    `balance_after` is None where something else happened in between, as the lines' sum doesn't lead to it then.
    """

    day: date
    what: str
    about: str
    tokens: int
    balance_after: int | None
    lines: Sequence[Line]

    @property
    def is_folded(self) -> bool:
        return len(self.lines) > 1


def fold(lines: Sequence[Line], catalog: Catalog) -> list[Group]:
    """The lines of a page in groups, in the order of their newest; what is no action stays by itself."""
    groups: dict[object, list[tuple[int, Line]]] = {}
    for nth, line in enumerate(lines):
        key = (line.at.astimezone(UTC).date(), line.kind, line.action) if line.action else line.id
        groups.setdefault(key, []).append((nth, line))
    return [_group(group, catalog) for group in groups.values()]


def _group(numbered: list[tuple[int, Line]], catalog: Catalog) -> Group:
    lines = [line for _, line in numbered]
    newest = lines[0]
    is_together = numbered[-1][0] - numbered[0][0] == len(lines) - 1
    return Group(
        day=newest.at.astimezone(UTC).date(),
        what=newest.what if len(lines) == 1 else _repeated(newest, catalog),
        about=newest.about if len(lines) == 1 else "",
        tokens=sum(line.tokens for line in lines),
        balance_after=newest.balance_after if is_together else None,
        lines=lines,
    )


def _repeated(line: Line, catalog: Catalog) -> str:
    said = {Kind.HOLD: "On hold: ", Kind.RELEASE: "Returned: "}.get(line.kind, "")
    return f"{said}{catalog.label(line.action)}"
