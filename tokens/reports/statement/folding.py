"""A day's repeats of one action as one row, which opens to its lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date

from tokens.reports.statement.lines import Line


@dataclass(frozen=True)
class Group:
    """Lines of one day (UTC) that say the same of the same action, the newest first; a single line is a group too.

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


def fold(lines: Sequence[Line]) -> list[Group]:
    """The lines of a page in groups, in the order of their newest; what is no action stays by itself."""
    groups: dict[object, list[tuple[int, Line]]] = {}
    for nth, line in enumerate(lines):
        key = (line.at.astimezone(UTC).date(), line.kind, line.repeated) if line.repeated else line.id
        groups.setdefault(key, []).append((nth, line))
    return [_group(group) for group in groups.values()]


def _group(numbered: list[tuple[int, Line]]) -> Group:
    lines = [line for _, line in numbered]
    newest = lines[0]
    is_together = numbered[-1][0] - numbered[0][0] == len(lines) - 1
    return Group(
        day=newest.at.astimezone(UTC).date(),
        what=newest.what if len(lines) == 1 else newest.repeated,
        about=newest.about if len(lines) == 1 else "",
        tokens=sum(line.tokens for line in lines),
        balance_after=newest.balance_after if is_together else None,
        lines=lines,
    )
