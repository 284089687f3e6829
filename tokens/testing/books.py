"""Whether the books are right, asked after every test: the audit's own questions, in one statement.

Composing them takes Django far longer than the database needs to answer, so they are composed once for a process.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection

from accounts.sql import run
from tokens.reports.audit import RULES
from tokens.reports.figures import Findings

Question = tuple[str, tuple[Any, ...]]


def findings() -> list[str]:
    """What `audit()` finds. A rule none of whose questions finds a row has nothing to say, and is not asked further."""
    asked = _questions(connection.vendor)
    sql = ", ".join(
        "EXISTS (" + " UNION ALL ".join(f"SELECT 1 FROM ({sql}) found" for sql, _ in each) + ")" for each in asked
    )
    parameters = [parameter for each in asked for _, given in each for parameter in given]
    has_rows = run(f"SELECT {sql}", parameters)[0]  # prepared, where planning takes far longer than answering
    return [finding for rule, found in zip(RULES, has_rows, strict=True) if found for finding in rule()]


@functools.cache
def _questions(vendor: str) -> list[list[Question]]:
    """For each rule the statements that it begins with, written down instead of answered."""
    return [list(_questions_of(rule)) for rule in RULES]


def _questions_of(rule: Callable[[], Findings]) -> Iterator[Question]:
    asked: list[Question] = []

    def answer_nothing(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        asked.append((sql, tuple(parameters)))
        return execute(f"SELECT * FROM ({sql}) left_out WHERE false", parameters, many, context)

    with connection.execute_wrapper(answer_nothing):
        assert list(rule()) == []
    return iter(asked)
