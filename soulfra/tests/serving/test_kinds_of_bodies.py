"""Kinds of bodies on the servers that people use: read as they are, in UTF-8, or refused in a sentence."""

import json

import pytest

from soulfra.testing.bodies import CSV, FORM, JSON, PARTS, SPEND, nested, parts, with_metadata
from soulfra.testing.wire import Caller, as_browser

DOMAINS = b"domain\n" + b"".join(b"number-%05d.com\n" % number for number in range(200))


# --- as it is, in UTF-8 ----------------------------------------------------------------------------------


@pytest.mark.parametrize("charset", ["utf-16", "rot13", "latin-1", "no-such", "base64", '""'])
def test_a_charset_other_than_utf8_is_a_415(caller: Caller, charset: str) -> None:
    for path, kind, body in (
        ("/api/domains/import?dry_run=true", "text/csv", DOMAINS),
        ("/api/tokens/spend", "application/json", SPEND),
        ("/accounts/login/", "application/x-www-form-urlencoded", b"login=x"),
    ):
        answer = caller.post(path, {"Content-Type": f"{kind}; charset={charset}"}, body)
        assert (answer.status, "encode the body as UTF-8" in answer.detail) == (415, True)


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf8"', "us-ascii"])
def test_utf8_may_be_said(caller: Caller, charset: str) -> None:
    quote = caller.post("/api/domains/import?dry_run=true", {"Content-Type": f"text/csv; charset={charset}"}, DOMAINS)
    assert (quote.status, quote.json()["rows"]) == (200, 200)


def test_the_address_is_read_as_utf8_whatever_is_said_of_a_body_that_is_none(caller: Caller) -> None:
    for name, domain in (("Café", "cafe.com"), ("Tea", "tea.com")):
        brand = caller.post("/api/domains", JSON, json.dumps({"domain": domain, "name": name}).encode())
        assert brand.status == 201
    for kind in ("text/plain; charset=utf-16", "application/json; charset=latin-1"):
        found = caller.get("/api/domains?q=caf%C3%A9", {"Content-Type": kind})
        assert (found.status, found.json()["count"]) == (200, 1)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("text/plain; charset=rot13", 415),
        ("text/plain; charset=no-such", 415),
        ("text/plain; charset*=no-such''utf-8", 400),
        ("; charset=utf-8", 400),
    ],
)
@pytest.mark.parametrize("path", ["/api/tokens/packages?x=1", "/tokens/?x=1"])
def test_a_content_type_that_cannot_be_read_is_refused_in_a_sentence(
    caller: Caller, path: str, kind: str, status: int
) -> None:
    answer = caller.get(path, {"Content-Type": kind})
    assert (answer.status, "Content-Type" in answer.detail) == (status, True)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, identity"])
def test_a_compressed_body_is_a_415_that_says_to_send_it_as_it_is(caller: Caller, encoding: str) -> None:
    answer = caller.post("/api/domains/import", {**CSV, "Content-Encoding": encoding}, b"\x1f\x8b\x08\x00")
    assert (answer.status, answer.headers["accept-encoding"]) == (415, "identity")
    assert answer.detail == "Send the body as it is, without a Content-Encoding: it is not decompressed here."
    assert caller.post("/api/tokens/quote", {**JSON, "Content-Encoding": "identity"}, b"{}").status == 400


# --- what can be read ------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", ["[1]", "7", '"import_domain"', "null", "true"])
def test_json_that_is_no_object_is_a_400_that_says_what_to_send(caller: Caller, body: str) -> None:
    for path in ("/api/tokens/spend", "/api/tokens/holds", "/api/domains", "/api/domains/export"):
        answer = caller.post(path, JSON, body.encode())
        assert (answer.status, answer.detail.startswith("Send a JSON object, ")) == (400, True)


@pytest.mark.parametrize("body", [b"9" * 5000, with_metadata(f'{{"a": [-{"9" * 5000}]}}')])
def test_an_endless_number_is_a_400_in_words(caller: Caller, body: bytes) -> None:
    answer = caller.post("/api/tokens/spend", JSON, body)
    assert (answer.status, "at most 4,300 can be read: send it as a string." in answer.detail) == (400, True)


@pytest.mark.parametrize("path", ["/api/tokens/spend", "/api/tokens/holds"])
def test_metadata_may_be_20_deep_and_no_deeper(caller: Caller, path: str) -> None:
    spent = caller.spent()
    for depth in (21, 900, 950, 20_000):
        answer = caller.post(path, JSON, with_metadata(nested(depth)))
        assert (answer.status, "metadata" in answer.detail, "20" in answer.detail) == (400, True, True)
    assert caller.spent() == spent
    assert caller.post(path, JSON, with_metadata(nested(20))).status in (200, 201)


def test_other_fields_may_be_no_deeper_either(caller: Caller) -> None:
    answer = caller.post("/api/tokens/quote", JSON, b'{"items": ' + b"[" * 21 + b"]" * 21 + b"}")
    assert (answer.status, answer.detail.startswith("items: ")) == (400, True)


@pytest.mark.parametrize("second", ["file", "other"])
def test_a_form_with_two_files_is_refused(caller: Caller, second: str) -> None:
    answer = caller.post("/api/domains/import", PARTS, parts(("file", DOMAINS), (second, b"domain\nelse.com\n")))
    assert (answer.status, "file" in answer.detail) == (400, True)


@pytest.mark.parametrize(
    ("kind", "body", "status", "said"),
    [
        (FORM, b"package=" + b"x" * 3_000_000, 413, "at most 2,621,440 bytes"),
        (FORM, b"&".join(b"a%d=" % number for number in range(1_001)), 400, "at most 1,000 fields"),
        ({"Content-Type": "multipart/form-data"}, b"package=pro", 400, "must include the boundary"),
    ],
)
def test_a_form_that_cannot_be_read_is_a_page_with_a_sentence(
    caller: Caller, kind: dict[str, str], body: bytes, status: int, said: str
) -> None:
    answer = caller.post("/tokens/purchase", {**kind, **as_browser(caller)}, body)
    assert (answer.status, said in answer.detail) == (status, True)
