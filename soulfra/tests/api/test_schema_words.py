"""The schema says what generated clients and readers need, of each call."""

import re

import jsonschema  # type: ignore[import-untyped]
import pytest
from drf_spectacular.generators import SchemaGenerator

from soulfra.api.guide.reference import reference
from soulfra.api.operations import ON_EVERY_ANSWER
from soulfra.api.tags import TAGS, tag_of
from tokens.web.refusals import PROBLEM_TYPE

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def schema():
    return SchemaGenerator().get_schema(request=None, public=True)


@pytest.fixture(scope="module")
def operations(schema):
    return [each for path in schema["paths"].values() for method, each in path.items() if method in METHODS]


def plain(part, schema):
    """JSON Schema of a part of the schema: OpenAPI 3.0 has `nullable` of its own."""
    if isinstance(part, list):
        return [plain(each, schema) for each in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return plain(schema["components"]["schemas"][part["$ref"].rpartition("/")[2]], schema)
    found = {name: plain(each, schema) for name, each in part.items() if name != "nullable"}
    return {"anyOf": [found, {"type": "null"}]} if part.get("nullable") else found


def test_every_operation_is_named_once_as_clients_name_methods(operations):
    names = [each["operationId"] for each in operations]
    assert len(names) > 40
    assert [name for name in names if not re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", name)] == []
    assert len({*names}) == len(names)
    assert {"spendTokens", "listPurchases", "importCsv"} <= {*names}


def test_every_operation_is_in_a_part_that_is_described(schema, operations):
    described = {tag["name"] for tag in schema["tags"] if tag["description"]}
    assert {tag for each in operations for tag in each["tags"]} <= described == {tag.name for tag in TAGS}
    assert (tag_of("/api/domains/import/x"), tag_of("/api/domains/x")) == ("Imports", "Domains")


def test_every_answer_has_its_headers_and_says_what_it_is(schema, operations):
    for operation in operations:
        for status, answer in operation["responses"].items():
            assert answer["description"], (operation["operationId"], status)
            assert {*ON_EVERY_ANSWER} <= answer["headers"].keys()
            assert ("Retry-After" in answer["headers"]) == (status in ("409", "429", "503"))
            refs = [header.get("$ref", "").rpartition("/")[2] for header in answer["headers"].values()]
            assert {ref for ref in refs if ref} <= schema["components"]["headers"].keys()


def test_every_problem_has_a_body_with_a_type(schema, operations):
    for operation in operations:
        statuses = {status for status in operation["responses"] if status >= "4"}
        assert {"401", "403", "429", "503"} <= statuses
        for status in statuses:
            body = operation["responses"][status]["content"][PROBLEM_TYPE]["schema"]
            names = plain(body, schema)["properties"]
            assert {"type", "title", "status", "detail", "errors"} <= names.keys(), (operation["operationId"], status)


def test_every_sample_is_what_the_schema_allows(schema, operations):
    samples = schema["components"]["examples"]
    checked = 0
    for operation in operations:
        for body in (operation.get("requestBody", {}), *operation["responses"].values()):
            for content in body.get("content", {}).values():
                for example in content.get("examples", {}).values():
                    value = (
                        samples[example["$ref"].rpartition("/")[2]]["value"] if "$ref" in example else example["value"]
                    )
                    jsonschema.validate(value, plain(content["schema"], schema))
                    checked += 1
    assert checked > 100


def test_a_file_is_sent_as_bytes(schema):
    sent = schema["paths"]["/api/domains/import"]["post"]["requestBody"]["content"]
    form = plain(sent["multipart/form-data"]["schema"], schema)
    assert [part["format"] for part in (sent["text/csv"]["schema"], form["properties"]["file"])] == ["binary"] * 2


def test_the_reference_shows_each_call_with_every_field(operations):
    shown = {call.id: call for _, calls in reference() for call in calls}
    assert shown.keys() == {each["operationId"] for each in operations}
    names = [field.name for field in shown["spendTokensBatch"].bodies[0].fields]
    assert names == ["spends", "spends[].action", "spends[].quantity", "spends[].metadata", "spends[].key"]
    fields = {field.name: field for field in shown["listPackages"].answers[0].fields}
    assert fields["packages.<key>.price"].is_required
    assert shown["spendTokens"].parameters[0].name == "Idempotency-Key"
