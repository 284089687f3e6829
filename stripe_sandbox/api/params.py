"""The small language in which endpoints declare their parameters, and the one place where these are checked.

Every kind reads the text of a form into a Python value, or raises what Stripe would answer.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from stripe_sandbox.errors import StripeError, missing, unsupported


class Kind(Protocol):
    def read(self, value: Any, where: str) -> Any:
        """The value as Python has it; `where` is the parameter's full name, for messages."""


@dataclass(frozen=True)
class Text:
    longest: int = 5000
    clearable: bool = False

    def read(self, value: Any, where: str) -> str:
        if not isinstance(value, str):
            raise StripeError("Invalid string: expected text", param=where)
        if value == "" and not self.clearable:
            raise StripeError(
                f"You passed an empty string for '{where}'. We assume empty values are an attempt to unset a "
                f"parameter; however '{where}' cannot be unset. You should remove '{where}' from your request or "
                "supply a non-empty value.",
                code="parameter_invalid_empty",
                param=where,
            )
        if len(value) > self.longest:
            raise StripeError(
                f"Invalid string: {value[:16]}...; must be at most {self.longest} characters", param=where
            )
        return value


@dataclass(frozen=True)
class Integer:
    least: int | None = None
    most: int | None = None

    def read(self, value: Any, where: str) -> int:
        if not isinstance(value, str) or not re.fullmatch(r"-?\d{1,18}", value, re.ASCII):
            raise StripeError(f"Invalid integer: {_shown(value)}", code="parameter_invalid_integer", param=where)
        number = int(value)
        for is_broken, word, bound in (
            (self.least is not None and number < self.least, "greater", self.least),
            (self.most is not None and number > self.most, "less", self.most),
        ):
            if is_broken:
                raise StripeError(
                    f"This value must be {word} than or equal to {bound}.",
                    code="parameter_invalid_integer",
                    param=where,
                )
        return number


@dataclass(frozen=True)
class IntegerOrWord:
    """A moment, or a name for one; cleared, it is read as None."""

    words: tuple[str, ...]
    clearable: bool = False

    def read(self, value: Any, where: str) -> int | str | None:
        if value == "" and self.clearable:
            return None
        return value if value in self.words else Integer().read(value, where)


@dataclass(frozen=True)
class Decimal:
    def read(self, value: Any, where: str) -> str:
        if not isinstance(value, str) or not re.fullmatch(r"\d{1,12}(\.\d{1,12})?", value, re.ASCII):
            raise StripeError(f"Invalid decimal: {_shown(value)}", param=where)
        return value


@dataclass(frozen=True)
class Flag:
    def read(self, value: Any, where: str) -> bool:
        if value not in ("true", "false"):
            raise StripeError(f"Invalid boolean: {_shown(value)}", param=where)
        return bool(value == "true")


@dataclass(frozen=True)
class Choice:
    options: tuple[str, ...]

    def read(self, value: Any, where: str) -> str:
        if value not in self.options:
            listed = ", ".join(self.options[:-1]) + (" or " if len(self.options) > 1 else "") + self.options[-1]
            raise StripeError(f"Invalid {where}: must be one of {listed}", param=where)
        return str(value)


@dataclass(frozen=True)
class Listing:
    of: Kind
    most: int = 100

    def read(self, value: Any, where: str) -> list[Any]:
        if value == "":
            return []
        if not isinstance(value, dict) or not all(index.isdigit() for index in value):
            raise StripeError("Invalid array", param=where)
        if len(value) > self.most:
            raise StripeError(f"Array must have at most {self.most} elements.", param=where)
        return [self.of.read(value[index], f"{where}[{index}]") for index in sorted(value, key=int)]


@dataclass(frozen=True)
class Metadata:
    """Up to 50 pairs of text; an empty value removes a key, and an empty whole removes all (read as None)."""

    def read(self, value: Any, where: str) -> dict[str, str] | None:
        if value == "":
            return None
        if not isinstance(value, dict) or any(isinstance(text, dict) for text in value.values()):
            raise StripeError("Invalid metadata: metadata must be a set of key-value pairs of text", param=where)
        if len(value) > 50:
            raise StripeError("Metadata can have at most 50 keys.", param=where)
        for key, text in value.items():
            if len(key) > 40:
                raise StripeError(f"Metadata keys must be at most 40 characters: '{key}'", param=where)
            if len(text) > 500:
                raise StripeError(
                    f"Metadata values can have up to 500 characters, but you passed in a value that is {len(text)} "
                    f"characters. Invalid value: {text[:40]}...",
                    param=f"{where}[{key}]",
                )
        return dict(value)


@dataclass(frozen=True)
class Shape:
    """An object with named fields. As an endpoint's own parameters it has no name (`where` is empty)."""

    fields: Mapping[str, Kind]
    required: tuple[str, ...] = ()
    clearable: bool = field(default=False, kw_only=True)

    def read(self, value: Any, where: str = "") -> dict[str, Any] | None:
        if value == "" and self.clearable:
            return None
        if not isinstance(value, dict):
            raise StripeError("Invalid object", param=where)
        unknown = [_inside(where, name) for name in value if name not in self.fields]
        if unknown:
            raise StripeError(
                f"Received unknown parameter{'s' if len(unknown) > 1 else ''}: {', '.join(unknown)}",
                code="parameter_unknown",
                param=unknown[0],
            )
        for name in self.required:
            if name not in value:
                raise missing(_inside(where, name))
        return {name: self.fields[name].read(text, _inside(where, name)) for name, text in value.items()}


@dataclass(frozen=True)
class TextOrShape:
    """`created=5` as well as `created[gte]=5`."""

    text: Kind
    shape: Shape

    def read(self, value: Any, where: str) -> Any:
        return (self.shape if isinstance(value, dict) else self.text).read(value, where)


@dataclass(frozen=True)
class Unsupported:
    """Stripe takes this parameter, the sandbox does not act on it yet; `unless` are the values that ask for nothing."""

    unless: tuple[str, ...] = ()

    def read(self, value: Any, where: str) -> Any:
        if value not in self.unless:
            raise unsupported(where, what=None if isinstance(value, dict) else f"{where}={value}")
        return value


def each(names: str, kind: Kind) -> dict[str, Kind]:
    """The same kind for several parameters."""
    return dict.fromkeys(names.split(), kind)


def refused(names: str, *, unless: tuple[str, ...] = ()) -> dict[str, Kind]:
    return each(names, Unsupported(unless))


@dataclass(frozen=True)
class OneOf:
    """A choice of Stripe's of which the sandbox plays a part; what it does not play is refused, not ignored."""

    choices: tuple[str, ...]
    played: tuple[str, ...]

    def read(self, value: Any, where: str) -> str:
        chosen = Choice(self.choices).read(value, where)
        if chosen not in self.played:
            raise unsupported(where, what=f"{where}={chosen}")
        return chosen


def _inside(where: str, name: str) -> str:
    return f"{where}[{name}]" if where else name


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else "an object"
