"""How deep JSON may be nested. What is read and written by recursion fails on JSON that is deep enough."""

from __future__ import annotations

from typing import Any

CUT = "… (nested too deeply to be shown)"


def is_deeper(value: Any, most: int) -> bool:
    """Whether more than this many objects and lists stand inside one another, the outermost counted."""
    if not isinstance(value, dict | list):
        return False
    parts = value.values() if isinstance(value, dict) else value
    return most == 0 or any(is_deeper(part, most - 1) for part in parts)


def cut(value: Any, most: int) -> Any:
    """The value without what is nested deeper than that."""
    if not isinstance(value, dict | list):
        return value
    if most == 0:
        return CUT
    if isinstance(value, dict):
        return {key: cut(part, most - 1) for key, part in value.items()}
    return [cut(part, most - 1) for part in value]
