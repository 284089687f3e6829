from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser, get_encoding  # type: ignore[attr-defined]  # newer than its types
from rest_framework.utils import json


class PlainJSONParser(JSONParser):
    """JSON that the database can keep: no NUL, no lone surrogate, no infinite number, not nested without end."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            parsed = self._loaded(stream, parser_context or {})
            for value in _scalars(parsed):
                _refuse_unstorable(value)
        except RecursionError:
            raise ParseError("The body is nested too deeply.") from None
        return parsed

    def _loaded(self, stream: Any, parser_context: dict[str, Any]) -> Any:
        """As REST framework does it, but for a key that is there twice."""
        try:
            text = stream.read().decode(get_encoding(parser_context))
            return json.loads(text, object_pairs_hook=object_of)
        except ValueError as error:
            raise ParseError(f"JSON parse error - {error}") from None


def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object. Raises ParseError for a key that is there twice: either value might be meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise ParseError(f"“{twice[:60]}” is there more than once in the same object: send it once.")
    return found


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
