"""Fields that several calls share. Each takes its own JSON type only: nothing is turned into what it is not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import Any, NoReturn

from drf_spectacular.extensions import OpenApiSerializerExtension
from rest_framework import serializers

# What a column of whole numbers can store.
LARGEST_COUNT = 2**31 - 1
LARGEST_METADATA = 16 * 1024
MUST_BE_OBJECT = "Must be a JSON object."
RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
# What says yes or no in an address.
WORDS = {"true": True, "1": True, "false": False, "0": False}


class TextField(serializers.CharField):
    """Text that was sent as text: a number is refused, not turned into its digits."""

    default_error_messages = {"invalid": "Must be a string in double quotes."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class NumberField(serializers.IntegerField):
    """A whole number that was sent as one: no text, no 5.0, no true."""

    default_error_messages = {"invalid": "Must be a whole number, without quotes or decimals."}

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class AmountField(serializers.FloatField):
    """Money in whole currency units, as a JSON number; exact from here on."""

    default_error_messages = {"invalid": "Must be a number, without quotes, such as 100 or 99.5."}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool) or not isinstance(data, int | float) or not isfinite(data):
            self.fail("invalid")
        return Decimal(str(data))


class FlagField(serializers.BooleanField):
    default_error_messages = {"invalid": "Must be true or false, without quotes."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class WordField(serializers.ChoiceField):
    """One of the words there are."""

    def __init__(self, choices: Iterable[str], **kwargs: Any) -> None:
        words = list(choices)
        kwargs.setdefault("error_messages", {"invalid_choice": f"Must be one of: {', '.join(words)}."})
        super().__init__(choices=words, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return str(super().to_internal_value(data))


class MetadataField(serializers.DictField):
    """An object of the caller's own, stored with the usage as it was sent."""

    default_error_messages = {
        "not_a_dict": MUST_BE_OBJECT,
        "too_large": "Must be at most {limit:,} bytes of JSON (16 KB); this has {size:,}.",
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "help_text", "Your own JSON object, stored with the usage: at most 16 KB, nested at most 20 levels."
        )
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        metadata = super().to_internal_value(data)
        size = len(json.dumps(metadata, ensure_ascii=False, separators=(",", ":")).encode())
        if size > LARGEST_METADATA:
            self.fail("too_large", limit=LARGEST_METADATA, size=size)
        return metadata


# --- in an address everything is text ---------------------------------------------------------


class QueryNumberField(NumberField):
    """A whole number between two bounds, in plain digits."""

    def __init__(self, *, min_value: int, max_value: int, **kwargs: Any) -> None:
        sentence = f"Must be a whole number from {min_value} to {max_value}."
        messages: dict[str, Any] = dict.fromkeys(("invalid", "min_value", "max_value"), sentence)
        super().__init__(min_value=min_value, max_value=max_value, error_messages=messages, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        if not re.fullmatch(r"-?[0-9]{1,18}", data):
            self.fail("invalid")
        return super().to_internal_value(int(data))


class MomentField(serializers.CharField):
    """A moment as RFC 3339 writes it, with its offset from UTC."""

    default_error_messages = dict.fromkeys(
        ("not_a_moment", "blank"),
        "Must be a time such as 2026-11-30T00:00:00Z (RFC 3339; write a + in an address as %2B).",
    )

    def to_internal_value(self, data: Any) -> datetime:  # type: ignore[override]
        if not (isinstance(data, str) and RFC_3339.fullmatch(data)):
            self.fail("not_a_moment")
        try:
            return datetime.fromisoformat(data.upper()).astimezone(UTC)
        except (ValueError, OverflowError):  # no such day, or before the first year in UTC
            self.fail("not_a_moment")


class QueryFlagField(FlagField):
    """In any case of letters, as some languages write “True”."""

    default_error_messages = {"invalid": "Must be true or false."}

    def to_internal_value(self, data: Any) -> bool:
        return super().to_internal_value(WORDS.get(data.lower()))


# --- and nothing beside them ------------------------------------------------------------------


def refuse(names: Iterable[Any], sentence: str) -> NoReturn:
    """Refuse what was sent under these names; of a great many, or a very long one, only the beginning is repeated."""
    some = sorted(map(str, names))[:20]
    raise serializers.ValidationError({name[:60] or "(no name)": [sentence] for name in some})


# Refuses what it does not know: a misspelt field would otherwise be left out in silence, and charged for.
class ExactSerializer(serializers.Serializer[Any]):  # no docstring: it would stand in the schema of each subclass
    part = "field"
    default_error_messages = {"invalid": MUST_BE_OBJECT}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := data.keys() - self.fields.keys()):
            known = f"Use: {', '.join(self.fields)}." if self.fields else "This endpoint takes none."
            refuse(unknown, f"Unknown {self.part}. {known}")
        return super().to_internal_value(data)


# By itself it takes no parameter at all.
class QuerySerializer(ExactSerializer):
    part = "query parameter"


class PeriodSerializer(QuerySerializer):
    since = MomentField(required=False, help_text="From this moment on: RFC 3339, such as 2026-11-01T00:00:00Z.")
    until = MomentField(required=False, help_text="Up to but without this moment.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.keys() >= {"since", "until"} and attrs["until"] <= attrs["since"]:
            raise serializers.ValidationError({"until": ["Must be after “since”."]})
        return attrs


class ExactSchema(OpenApiSerializerExtension):
    """Says so in the API's schema."""

    target_class = ExactSerializer
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> Any:
        mapped = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**mapped, "additionalProperties": False}
