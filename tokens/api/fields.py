"""Fields that several calls share."""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from rest_framework import serializers

# What a column of whole numbers can keep.
LARGEST_COUNT = 2**31 - 1
LARGEST_METADATA = 16 * 1024


class TextField(serializers.CharField):
    """Text that was sent as text: a number is refused, not turned into its digits."""

    default_error_messages = {"invalid": "Not a valid string: send text in double quotes."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class MetadataField(serializers.DictField):
    """An object of the caller's own, kept with the usage as it was sent."""

    default_error_messages = {
        "too_large": "At most {limit:,} bytes of JSON (16 KB) are kept, and this has {size:,}: send less."
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "An object of your own, kept with the usage: at most 16 KB of JSON, 20 deep.")
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        metadata = super().to_internal_value(data)
        size = len(json.dumps(metadata, ensure_ascii=False, separators=(",", ":")).encode())
        if size > LARGEST_METADATA:
            self.fail("too_large", limit=LARGEST_METADATA, size=size)
        return metadata


# Refuses what it does not know: a misspelt field would otherwise be left out in silence, and charged for.
class ExactSerializer(serializers.Serializer[Any]):  # no docstring: it would stand in the schema of each subclass
    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := data.keys() - self.fields.keys()):
            known = ", ".join(self.fields)
            raise serializers.ValidationError({min(unknown): [f"There is no such field. Send only: {known}."]})
        return super().to_internal_value(data)


class ExactSchema(OpenApiSerializerExtension):
    """Says so in the API's schema."""

    target_class = ExactSerializer
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> Any:
        mapped = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**mapped, "additionalProperties": False}
