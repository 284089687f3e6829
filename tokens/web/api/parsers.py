from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.utils import json

from tokens.nesting import is_deeper
from tokens.unkeepable import is_keepable

# How deep a field may be nested, and how long a number may be: Python reads no longer one.
MOST_DEEP = 20
MOST_DIGITS = 4300
TOO_DEEP = f"more than {MOST_DEEP} objects and lists deep: send it flatter."


class PlainJSONParser(JSONParser):
    """An object that the database can store: no NUL, no lone surrogate, no endless number, not nested without end."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            parsed = self._loaded(stream)
            _refuse_shape(parsed)
            for value in _scalars(parsed):
                _refuse_unstorable(value)
        except RecursionError:
            raise ParseError(f"The body is nested too deeply: no field, metadata or other, may be {TOO_DEEP}") from None
        return parsed

    def _loaded(self, stream: Any) -> Any:
        try:
            return json.loads(stream.read().decode("utf-8-sig"), parse_int=_whole_number, object_pairs_hook=object_of)
        except UnicodeDecodeError:
            raise ParseError("The body isn't text in UTF-8: encode the JSON as UTF-8.") from None
        except ValueError as error:
            raise ParseError(f"JSON parse error - {error}") from None


def _whole_number(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        said = f"a number of {len(digits):,} digits"
        raise ParseError(f"The body holds {said}, and at most {MOST_DIGITS:,} can be read: send it as a string.")
    return int(digits)


def _refuse_shape(parsed: Any) -> None:
    if not isinstance(parsed, dict):
        raise ParseError("Send a JSON object, with the fields between { and }: this body is JSON, but not an object.")
    deep = [name for name, value in parsed.items() if is_deeper(value, MOST_DEEP)]
    if deep:
        raise ValidationError({name: [f"This may not be {TOO_DEEP}"] for name in deep})


def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object. Raises ParseError for a key that is there twice: either value might be meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise ParseError(f"“{twice[:60]}” appears more than once in the same object. Send it once.")
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
    if isinstance(value, str) and not is_keepable(value):
        raise ParseError("The body contains a character that can't be stored (NUL or half a surrogate pair).")
    if isinstance(value, float) and not math.isfinite(value):
        raise ParseError("The body contains a number that is too large to store. Send it as a string.")
