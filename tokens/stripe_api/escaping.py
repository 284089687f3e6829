"""JSON from outside, read so that both databases can store all of it.

A text that no database stores (a NUL, half of a surrogate pair), a number that is none (NaN) or too large for Python,
and whatever lies deeper than MOST_DEEP, stands as `escaped:` and its JSON. So does a text that begins with `escaped:`
itself. So all that came can be had back: `json.loads(text.removeprefix("escaped:"))`.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from tokens.unkeepable import UNKEEPABLE, is_keepable

MARK = "escaped:"
# Nothing of Stripe's is half as deep. SQLite stores 1,000 levels; PostgreSQL and Python stop elsewhere.
MOST_DEEP = 100
ID = re.compile("[A-Za-z0-9_-]{1,255}")
# A body without any of these holds no text that is to be escaped: the last three may spell the mark.
SIGNS = (r"\u0000", r"\ud", r"\uD", MARK, r"\u006", r"\u007", r"\u003")
# A text that is never closed ends with the body: else the rest would be read again from each quote in it.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)


def read(body: str) -> Any:
    """What a JSON text says. Raises json.JSONDecodeError."""
    is_deep = body.count("{") + body.count("[") > MOST_DEEP
    if is_deep or any(sign in body for sign in SIGNS):
        body = "".join(_pieces(body))
    try:
        return _load(body)
    except json.JSONDecodeError:
        raise
    except ValueError:  # Python takes no integer of so many digits
        return _load(body, parse_int=_integer)


def keepable(text: str) -> str:
    """A text for people to read, with what no database stores as JSON would write it."""
    return UNKEEPABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def is_id(value: Any) -> bool:
    """Whether this may be the id of an object at Stripe, so that a database or Stripe can be asked for it."""
    return isinstance(value, str) and ID.fullmatch(value) is not None


def _load(body: str, **hooks: Any) -> Any:
    return json.loads(body, parse_float=_float, parse_constant=MARK.__add__, **hooks)


def _float(digits: str) -> float | str:
    value = float(digits)
    return value if math.isfinite(value) else MARK + digits


def _integer(digits: str) -> int | str:
    try:
        return int(digits)
    except ValueError:
        return MARK + digits


def _pieces(body: str) -> list[str]:
    """The same JSON, escaped. Brackets are counted and not followed, so no depth is too much."""
    pieces, depth, done, deep_from = [], 0, 0, 0
    for token in _TOKEN.finditer(body):
        start, end = token.span()
        if token[0] in "[{":
            depth += 1
            deep_from = start if depth == MOST_DEEP + 1 else deep_from
            continue
        if token[0] in "]}":
            depth -= 1
            if depth != MOST_DEEP:
                continue
            start = deep_from
        elif depth > MOST_DEEP or not _is_to_escape(token[0]):
            continue
        pieces += [body[done:start], json.dumps(MARK + body[start:end])]
        done = end
    if depth > MOST_DEEP:
        raise json.JSONDecodeError("Unterminated array or object", body, deep_from)
    return [*pieces, body[done:]]


def _is_to_escape(literal: str) -> bool:
    text = json.loads(literal)
    return text.startswith(MARK) or not is_keepable(text)
