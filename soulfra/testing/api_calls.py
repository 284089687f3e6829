"""Every call there is under /api/, read from the addresses themselves, so that a new one is among them by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, get_resolver
from rest_framework.serializers import BaseSerializer

from tokens.web.api.exact import NOTHING, ExactView, Taken
from tokens.web.api.fields import MetadataField

SAMPLES = {"int": "1", "uuid": "7b0a3b8e-6d5c-4c9e-9d3f-2f3f5b3f6a11", "slug": "limit-reached"}
# Pages for people.
DOCS = {"/api/docs", "/api/docs/reference", "/api/docs/changes", "/api/docs/problems/limit-reached"}


@dataclass(frozen=True, eq=False)
class Call:
    method: str
    path: str
    view: type[ExactView]
    taken: Taken

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def is_at(self, path: str) -> bool:
        """Whether this is the path as the schema writes it, with names in braces."""
        return bool(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), self.path))

    @property
    def bodies(self) -> dict[str, Any]:
        """What it takes, by media type."""
        body = self.taken.body
        return body if isinstance(body, dict) else {"application/json": body} if body else {}

    @property
    def json_fields(self) -> dict[str, Any]:
        kind = self.bodies.get("application/json")
        return dict(kind().fields) if kind else {}


def views() -> Iterator[tuple[str, Any]]:
    """Each address under /api/ with what answers there."""
    yield from ((path, pattern.callback) for path, pattern in _patterns(get_resolver().url_patterns))


def calls() -> list[Call]:
    return [
        Call(method, path, view.cls, getattr(getattr(view.cls, name), "taken", NOTHING))
        for path, view in views()
        if issubclass(getattr(view, "cls", object), ExactView)
        for method, name in _methods(view)
    ]


def _patterns(patterns: Any, prefix: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for each in patterns:
        path = prefix + re.sub(
            r"<(\w+):\w+>", lambda found: SAMPLES.get(found[1], "x"), str(each.pattern).removeprefix("^")
        )
        if not isinstance(each, URLPattern):
            yield from _patterns(each.url_patterns, path)
        elif path.startswith("/api"):
            yield path, each


def _methods(view: Any) -> Iterator[tuple[str, str]]:
    actions = getattr(view, "actions", None) or {name: name for name in ("get", "post") if hasattr(view.cls, name)}
    for method, name in actions.items():
        yield method.upper(), name


def fields_within(field: Any) -> Iterator[Any]:
    """Every field of a serializer and of what is in it, however deep; what the caller's own object holds is not."""
    for part in [*getattr(field, "fields", {}).values(), getattr(field, "child", None)]:
        if part is not None and not isinstance(field, MetadataField):
            yield part
            yield from fields_within(part)


def is_form(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseSerializer)
