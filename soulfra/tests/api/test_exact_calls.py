"""Whatever a call does not take is refused, by every call there is and will be, and the refusal names it."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from drf_spectacular.generators import SchemaGenerator
from rest_framework.serializers import FileField, ListField

from accounts.throttling import buckets
from soulfra.api.schema import SchemaView
from soulfra.testing.api_calls import DOCS, calls, fields_within, is_form, views
from tokens.models import Purchase, TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.tests.conftest import api
from tokens.web.api import fields

__all__ = ["api"]
pytestmark = pytest.mark.django_db

CALLS = calls()
WITH_JSON = [call for call in CALLS if call.json_fields]
WITHOUT_BODY = [call for call in CALLS if not call.bodies]
PROBLEM = "application/problem+json"
NONE = "This endpoint takes no body."
TWICE = "Sent more than once. Send it only once."
# What takes its own JSON type only; a field of another class would be lenient in some way of its own.
WRONG = {
    fields.TextField: [5, 5.0, True, [], {}],
    fields.NumberField: ["5", 5.0, True, [], {}, 10**30],
    fields.AmountField: ["5", True, [], {}],
    fields.FlagField: ["true", 1, 0, [], {}],
    fields.WordField: [5, True, [], {}, "nonsense"],
    fields.MetadataField: ["{}", 5, True, []],
    ListField: ["[]", 5, True, {}, [5], [None], [[]]],
}
STRICT = (*WRONG, fields.ExactSerializer, FileField)


@pytest.fixture
def send(api, alice):
    """Send a request of alice's, who has tokens; whatever came of it, nothing was spent or bought."""
    simulate_token_purchase(alice.pk, "starter")
    client = api(alice)

    def send(call, body="", *, query="", content_type="application/json", method="", **headers):
        buckets.clear()
        sent = body if isinstance(body, str | bytes) else json.dumps(body)
        path = f"{call.path}{query}"
        return client.generic(method or call.method, path, sent, content_type if sent else "", headers=headers)

    yield send
    assert (TokenUsage.objects.count(), Purchase.objects.count()) == (0, 1)


def refusal(answer, status=400):
    assert (answer.status_code, answer["Content-Type"]) == (status, PROBLEM)
    assert answer["X-Request-ID"]
    return answer.json()["detail"]


def test_every_address_under_api_takes_only_what_it_says_but_these():
    exact = {call.path for call in CALLS}
    assert len(exact) > 20
    # Stripe's deliveries are signed; the docs are a page for people; the last is what is no call at all.
    assert {path for path, _ in views()} - exact == {"/api/tokens/webhook", "/api(?:/|$)", *DOCS}


# --- names that nobody knows -----------------------------------------------------------------


def test_an_unknown_query_parameter_is_refused_by_name_with_those_there_are(send):
    for call in CALLS:
        known = ", ".join(call.taken.query().fields)
        hint = f"Use: {known}." if known else "This endpoint takes none."
        sentence = f"Unknown query parameter. {hint}"
        answer = send(call, query="?surprise=1")
        assert (str(call), refusal(answer)) == (str(call), f"surprise: {sentence}")
        assert answer.json()["errors"] == [{"field": "surprise", "detail": sentence}]


def test_a_query_parameter_that_comes_twice_is_refused(send):
    for call in CALLS:
        for name in [*call.taken.query().fields, "surprise"]:
            assert refusal(send(call, query=f"?{name}=1&{name}=2")) == f"{name}: {TWICE}"


def test_an_unknown_field_is_refused_by_name_with_those_there_are(send):
    for call in WITH_JSON:
        said = refusal(send(call, {"surprise": 1}))
        assert said == f"surprise: Unknown field. Use: {', '.join(call.json_fields)}."


def test_a_body_is_refused_where_none_is_taken_unless_it_says_nothing(send):
    for call in WITHOUT_BODY:
        for body, content_type in [
            ({"surprise": 1}, "application/json"),
            ([], "application/json"),
            (5, "application/json"),
            ("x=1", "application/x-www-form-urlencoded"),
            ("x", ""),
        ]:
            assert refusal(send(call, body, content_type=content_type)).endswith(NONE), call
    assert send(next(call for call in WITHOUT_BODY if call.path == "/api/tokens/balance"), {}).status_code == 200
    release = next(call for call in WITHOUT_BODY if call.path.endswith("/release"))
    assert send(release, encode_multipart(BOUNDARY, {}), content_type=MULTIPART_CONTENT).status_code == 404
    assert refusal(send(release, "x", content_type="multipart/form-data")) == NONE
    assert "x: " in refusal(send(release, encode_multipart(BOUNDARY, {"x": a_file()}), content_type=MULTIPART_CONTENT))


def test_an_unknown_part_of_a_form_is_refused_and_so_is_one_that_comes_twice(send):
    with_forms = [call for call in CALLS if "multipart/form-data" in call.bodies]
    assert [str(call) for call in with_forms] == ["POST /api/domains/import"]
    for call in with_forms:
        for parts, sentence in [
            ({"file": a_file(), "surprise": "1"}, "surprise: Unknown field. Use: file."),
            ({"file": a_file(), "surprise": a_file()}, "surprise: Unknown field. Use: file."),
            ({"file": [a_file(), a_file()]}, f"file: {TWICE}"),
            ({"file": "domain\nocean.com\n"}, "file: Send the CSV file as the form field “file”, or as the body"),
        ]:
            answer = send(call, encode_multipart(BOUNDARY, parts), content_type=MULTIPART_CONTENT)
            assert refusal(answer).startswith(sentence)


def a_file():
    return SimpleUploadedFile("mine.csv", b"domain\nocean.com\n", content_type="text/csv")


def test_a_key_that_comes_twice_is_refused_at_any_depth(send):
    for call in WITH_JSON:
        for body in ('{"a": 1, "\\u0061": 1}', '{"b": {"a": [{"a": 1, "c": 3, "a": 2}]}}', '[{"a": "x", "a": "y"}]'):
            said = refusal(send(call, body))
            assert said == "“a” appears more than once in the same object. Send it once."


def test_names_that_are_many_long_or_empty_are_repeated_in_part(send):
    spend = next(call for call in CALLS if call.path == "/api/tokens/spend")
    answer = send(spend, {f"{n:04}{'x' * 500}": 1 for n in range(1000)})
    assert refusal(answer) == f"0000{'x' * 56}: Unknown field. Use: action, quantity, metadata."
    assert len(answer.json()["errors"]) == 20
    assert refusal(send(spend, query="?=1")).startswith("(no name): Unknown query parameter.")
    assert refusal(send(spend, query="?" + "&".join(f"x{n}=1" for n in range(1001)))).endswith("send fewer.")
    sent = next(call for call in CALLS if "multipart/form-data" in call.bodies)
    for part in ("1", a_file()):
        form = encode_multipart(BOUNDARY, {f"x{n}": part for n in range(1001)})
        assert refusal(send(sent, form, content_type=MULTIPART_CONTENT)).endswith("send fewer.")


# --- values of another type --------------------------------------------------------------------


def test_a_field_takes_its_own_type_only(send):
    for call in WITH_JSON:
        for name, field in call.json_fields.items():
            wrong = next((values for kind, values in WRONG.items() if isinstance(field, kind)), None)
            assert wrong, f"{name} of {call} is a {type(field).__name__}: take a strict field"
            for value in [*wrong, *([] if field.allow_null else [None])]:
                answer = send(call, {name: value})
                refusal(answer)
                named = {error["field"].partition(".")[0] for error in answer.json()["errors"]}
                assert name in named, f"{call} took {name}: {value!r}"


def test_fields_within_fields_are_as_strict():
    kinds = [kind for call in CALLS for kind in call.bodies.values() if is_form(kind)]
    assert all(issubclass(kind, fields.ExactSerializer) for kind in kinds)
    for field in (within for kind in kinds for within in fields_within(kind())):
        assert isinstance(field, STRICT), field


# --- what to send instead ----------------------------------------------------------------------


def test_another_method_is_answered_with_those_there_are(send):
    for call in CALLS:
        there = {each.method for each in CALLS if each.path == call.path}
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - there:
            answer = send(call, method=method)
            assert there <= {*answer["Allow"].split(", ")}
            sentence = f"{method} isn't supported here. Use: {answer['Allow']}."
            assert refusal(answer, 405) == sentence


def test_another_type_of_body_is_answered_with_those_there_are(send):
    for call in CALLS:
        for content_type in ("text/plain", "application/x-www-form-urlencoded", "") if call.bodies else ():
            came = f"as {content_type}" if content_type else "without a Content-Type"
            said = refusal(send(call, "x=1", content_type=content_type), 415)
            assert said == f"This endpoint accepts {' or '.join(call.bodies)}; the body was sent {came}."


def test_another_type_of_answer_is_answered_with_those_there_are(send):
    for call in CALLS:
        if "export" in call.path:  # the body says what the file is
            assert send(call, accept="image/png").status_code in (400, 404)
            continue
        said = refusal(send(call, accept="image/png"), 406)
        assert "application/json" in said
        assert said.endswith(". Accept it, or leave out the Accept header.")


# --- the schema says the same ------------------------------------------------------------------


def test_the_schema_knows_the_same_parameters_and_fields_and_no_others():
    schema = SchemaGenerator().get_schema(request=None, public=True)
    described = set()
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            call = next(each for each in CALLS if each.is_at(path) and each.method == method.upper())
            described.add(call)
            in_address = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
            assert in_address == {*call.taken.query().fields}
            content = operation.get("requestBody", {}).get("content", {})
            assert content.keys() == call.bodies.keys()
            named = [body["schema"]["$ref"] for body in content.values() if "$ref" in body["schema"]]
            for body in (schema["components"]["schemas"][name.rpartition("/")[2]] for name in named):
                assert body["additionalProperties"] is False
    assert described == {call for call in CALLS if call.view is not SchemaView}


@pytest.mark.parametrize(("format", "begins"), [("json", b"{"), ("yaml", b"openapi:")])
def test_the_schema_comes_in_the_format_that_is_asked_for(client, format, begins):
    answer = client.get(f"/api/schema?format={format}")
    assert answer.status_code == 200
    assert answer.content.strip().startswith(begins)


@pytest.mark.parametrize("asked", ["format=xml", "format=", "lang=de", "version=2", "format=json&format=yaml"])
def test_the_schema_refuses_what_it_does_not_know_in_json(client, asked):
    assert refusal(client.get(f"/api/schema?{asked}")).startswith(asked.partition("=")[0])


@pytest.mark.parametrize("path", ["/api/schema", *sorted(DOCS)])
def test_a_problem_of_the_schema_or_of_the_docs_is_json(client, path):
    said = refusal(client.post(path), 405)
    assert said == "POST isn't supported here. Use: GET, HEAD, OPTIONS."


def test_a_problem_that_there_is_not_has_no_page(client):
    assert "no-such-thing" in refusal(client.get("/api/docs/problems/no-such-thing"), 404)
