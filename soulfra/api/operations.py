"""What the schema says of every call alike: its part of the API, headers of its answers, and samples of problems."""

from __future__ import annotations

from typing import Any

from accounts.openapi import ScopedSchema
from soulfra.api.sample_problems import OF_ITS_OWN, SAMPLES
from soulfra.api.tags import tag_of
from tokens.web.refusals import PROBLEM_TYPE, slug_of


def _text(description: str, example: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}, "example": example}


HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-ID": _text("The request's ID: quote it to support.", "6d0fe4e2b9c84d5fa1f6d3b8a5f3c9d1"),
    "RateLimit-Policy": _text(
        "How many calls may be made at once (`q`), and in how many seconds all of them come back (`w`).",
        '"calls";q=100;w=5',
    ),
    "RateLimit": _text(
        "How many calls are left (`r`), and in how many seconds there is one more (`t`).", '"calls";r=99;t=1'
    ),
    "Retry-After": _text("Seconds until it is worth repeating the call.", "1"),
    "Idempotent-Replayed": _text("`true` on the first answer when it is given again.", "true"),
    "ETag": _text("Names this answer: send it as `If-None-Match`, and an unchanged one is a 304.", '"3f0c…"'),
}
ON_EVERY_ANSWER = ("X-Request-ID", "RateLimit-Policy", "RateLimit")
WITH_RETRY_AFTER = {"409", "429", "503"}


class Operation(ScopedSchema):
    def get_tags(self) -> list[str]:
        return [tag_of(self.path)]

    def get_operation(self, *args: Any) -> Any:
        operation = super().get_operation(*args)
        if operation:
            for status, response in operation["responses"].items():
                names = [*ON_EVERY_ANSWER, *self._headers_of(operation, status)]
                refs = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
                response["headers"] = response.get("headers", {}) | refs
                response["description"] = response.get("description") or "Success"
                _show_samples(response.get("content", {}), status)
        return operation

    def _headers_of(self, operation: dict[str, Any], status: str) -> list[str]:
        names = ["Retry-After"] if status in WITH_RETRY_AFTER else []
        sent = {parameter["name"] for parameter in operation.get("parameters", ())}
        if "Idempotency-Key" in sent and status.startswith("2"):
            names.append("Idempotent-Replayed")
        if "304" in operation["responses"] and status in ("200", "304"):
            names.append("ETag")
        return names


def _show_samples(content: dict[str, Any], status: str) -> None:
    if PROBLEM_TYPE not in content:
        return
    body = content[PROBLEM_TYPE]["schema"]["$ref"].rpartition("/")[2]
    slugs = [slug_of(each.title) for each in OF_ITS_OWN.get(body, SAMPLES) if str(each.status) == status]
    if slugs:
        content[PROBLEM_TYPE]["examples"] = {slug: {"$ref": f"#/components/examples/{slug}"} for slug in slugs}


def add_what_is_shared(result: dict[str, Any], **given: Any) -> dict[str, Any]:
    """drf-spectacular's hook: the headers and samples that answers refer to."""
    all_of_them = [*SAMPLES, *(each for its in OF_ITS_OWN.values() for each in its)]
    samples = {slug_of(each.title): {"summary": each.title, "value": each.body()} for each in all_of_them}
    result["components"] |= {"headers": HEADERS, "examples": samples}
    return result
