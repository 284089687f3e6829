from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class PlainJSONParser(JSONParser):
    """JSON that the database can keep: no NUL, no lone surrogate, no infinite number, not nested without end."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            parsed = super().parse(stream, media_type, parser_context)
            for value in _scalars(parsed):
                _refuse_unstorable(value)
        except RecursionError:
            raise ParseError("The body is nested too deeply.") from None
        return parsed


def _scalars(value: Any) -> Iterator[Any]:
    """Every key, text, number and constant in it."""
    if isinstance(value, dict):
        yield from value
        for part in value.values():
            yield from _scalars(part)
    elif isinstance(value, list):
        for part in value:
            yield from _scalars(part)
    else:
        yield value


def _refuse_unstorable(value: Any) -> None:
    if isinstance(value, str) and ("\x00" in value or any("\ud800" <= character <= "\udfff" for character in value)):
        raise ParseError("The body holds a character that cannot be stored (NUL or half a surrogate pair).")
    if isinstance(value, float) and not math.isfinite(value):
        raise ParseError("The body holds a number that is too large to be stored; send it smaller, or as a string.")
