from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class PlainJSONParser(JSONParser):
    """JSON that the database can keep: no NUL, no lone surrogate, not nested without end."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            parsed = super().parse(stream, media_type, parser_context)
            if self._has_unstorable_text(parsed):
                raise ParseError("The body holds a character that cannot be stored (NUL or half a surrogate pair).")
        except RecursionError:
            raise ParseError("The body is nested too deeply.") from None
        return parsed

    def _has_unstorable_text(self, value: Any) -> bool:
        if isinstance(value, str):
            return "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value)
        if isinstance(value, dict):
            return any(self._has_unstorable_text(part) for pair in value.items() for part in pair)
        return isinstance(value, list) and any(self._has_unstorable_text(part) for part in value)
