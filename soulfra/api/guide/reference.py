"""Every call, read from the schema, for the page that lists them: one writer for people and programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator

from soulfra.api.tags import TAGS, Tag

METHODS = ("get", "post", "put", "patch", "delete")
Schema = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """`name` is its path: `spends[].action` is a field of each item."""

    name: str
    kind: str
    text: str
    is_required: bool


@dataclass(frozen=True)
class Part:
    """A body of one media type, sent or answered; `examples` are pairs of a name and JSON."""

    media: str
    text: str
    fields: list[Field]
    examples: list[tuple[str, str]]
    status: str = ""


@dataclass(frozen=True)
class Call:
    id: str
    method: str
    path: str
    summary: str
    text: str
    is_deprecated: bool
    parameters: list[Field]
    bodies: list[Part]
    answers: list[Part]
    problems: list[tuple[str, str]]


@lru_cache(maxsize=1)
def reference() -> list[tuple[Tag, list[Call]]]:
    """The calls of each part of the API, in the order of their addresses."""
    schema: Schema = SchemaGenerator().get_schema(request=None, public=True)
    reader = _Reader(schema)
    calls = [
        (operation["tags"][0], reader.call(method, path, operation))
        for path, item in schema["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]
    parts = [(tag, [call for name, call in calls if name == tag.name]) for tag in TAGS]
    return [(tag, its) for tag, its in parts if its]


class _Reader:
    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def call(self, method: str, path: str, operation: Schema) -> Call:
        answers = operation["responses"].items()
        return Call(
            id=operation["operationId"],
            method=method.upper(),
            path=path,
            summary=operation["summary"],
            text=operation["description"],
            is_deprecated=operation.get("deprecated", False),
            parameters=[self._parameter(each) for each in operation.get("parameters", ()) if "in" in each],
            bodies=self._parts(operation.get("requestBody", {})),
            answers=[
                part
                for status, answer in answers
                if status < "4"
                for part in self._parts(answer, status) or [Part("", answer["description"], [], [], status)]
            ],
            problems=[(status, answer["description"]) for status, answer in answers if status >= "4"],
        )

    def _parameter(self, parameter: Schema) -> Field:
        place = {"query": "", "path": "in the address", "header": "header"}[parameter["in"]]
        kind = ", ".join(filter(None, [self._kind(parameter["schema"]), place]))
        return Field(parameter["name"], kind, parameter.get("description", ""), parameter.get("required", False))

    def _parts(self, holder: Schema, status: str = "") -> list[Part]:
        return [
            Part(
                media,
                holder.get("description", ""),
                [*self._fields(content["schema"])],
                [(each.get("summary", name), _as_json(each["value"])) for name, each in _examples(content)],
                status,
            )
            for media, content in holder.get("content", {}).items()
        ]

    def _fields(self, schema: Schema, prefix: str = "") -> Iterator[Field]:
        """Its fields, and those of what is in them, depth first."""
        schema = self._resolved(schema)
        if schema.get("type") == "array":
            yield from self._fields(schema["items"], f"{prefix.removesuffix('.')}[].")
        for name, each in schema.get("properties", {}).items():
            is_required = name in schema.get("required", ())
            text = each.get("description") or ("" if "$ref" in each else self._resolved(each).get("description", ""))
            yield Field(f"{prefix}{name}", self._kind(each), text, is_required)
            yield from self._fields(each, f"{prefix}{name}.")
        if isinstance(of_each := schema.get("additionalProperties"), dict):
            yield from self._fields(of_each, f"{prefix}<key>.")

    def _resolved(self, schema: Schema) -> Schema:
        for only in schema.get("allOf", ()), schema.get("oneOf", ()):
            if only:
                return self._resolved(only[0]) | {name: schema[name] for name in ("description",) if name in schema}
        if "$ref" in schema:
            return self._resolved(self.schema["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
        return schema

    def _kind(self, schema: Schema) -> str:
        is_nullable = schema.get("nullable", False)
        schema = self._resolved(schema)
        if words := [word for word in schema.get("enum", ()) if word]:
            kind = " | ".join(map(str, words))
        elif schema.get("type") == "array":
            kind = f"array of {self._kind(schema['items'])}"
        else:
            kind = str(schema.get("format") or schema.get("type", "any")) + _bounds(schema)
        return f"{kind} or null" if is_nullable or schema.get("nullable") else kind


def _bounds(schema: Schema) -> str:
    for low, high, unit in (("minimum", "maximum", ""), ("minLength", "maxLength", " characters")):
        least, most = schema.get(low), schema.get(high)
        if most is not None:
            return f", {least:,} to {most:,}{unit}" if least is not None else f", up to {most:,}{unit}"
    return ""


def _examples(content: Schema) -> list[tuple[str, Schema]]:
    return [(name, each) for name, each in content.get("examples", {}).items() if "value" in each]


def _as_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
