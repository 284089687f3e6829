"""How a lower app lets higher ones take part: it makes one of these, and they decorate their functions with it.

What registers is imported when its app starts (`apps.py`), so every process knows all of them in the same order.
docs/architecture.md lists what registers with what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class Hook(Generic[F]):
    """`@hook` registers a function; iterating gives all of them, in order."""

    def __init__(self) -> None:
        self.functions: list[F] = []

    def __call__(self, function: F) -> F:
        self.functions.append(function)
        return function

    def __iter__(self) -> Iterator[F]:
        return iter(self.functions)


class NamedHook(Generic[F]):
    """`@hook("what it does")` registers a function under the words that name it in logs; each name once."""

    def __init__(self) -> None:
        self.functions: dict[str, F] = {}

    def __call__(self, what: str) -> Callable[[F], F]:
        def register(function: F) -> F:
            if what in self.functions:
                raise ValueError(f"“{what}” is registered already.")
            self.functions[what] = function
            return function

        return register
