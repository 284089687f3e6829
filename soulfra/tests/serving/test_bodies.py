"""Bodies on the servers that people use, to the byte: what did not come whole, plain and in UTF-8 is refused, and
nothing is done for it.
"""

import json
import re
import socket
import threading
import time
from contextlib import ExitStack, closing
from http.client import HTTPConnection

import pytest

from brands.bulk_import.text import MOST_BYTES
from devtools.testing.servers import RunningShop
from soulfra.serving.bodies import LARGEST
from soulfra.serving.listening import RequestHandler, Server
from soulfra.testing.wire import Answer, Caller, as_browser

JSON = {"Content-Type": "application/json"}
CSV = {"Content-Type": "text/csv"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PARTS = {"Content-Type": "multipart/form-data; boundary=BB"}
SPEND = b'{"action": "import_domain"}'
DOMAINS = b"domain\n" + b"".join(b"number-%05d.com\n" % number for number in range(200))
CHUNKS = b"d\r\n" + b'{"tokens": 3}' + b"\r\n0\r\n\r\n"


def parts(*files: tuple[str, bytes]) -> bytes:
    head = b'--BB\r\nContent-Disposition: form-data; name="%s"; filename="a.csv"\r\n\r\n%s\r\n'
    return b"".join(head % (name.encode(), data) for name, data in files) + b"--BB--\r\n"


def nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


def with_metadata(metadata: str) -> bytes:
    return f'{{"action": "import_domain", "metadata": {metadata}}}'.encode()


def imports_of(caller: Caller) -> set[str]:
    """Those that were begun, whether or not a worker has seen them."""
    page = caller.get("/domains/import", as_browser(caller)).body.decode()
    return set(re.findall(r"/domains/import/([0-9a-f-]{36})", page))


@pytest.fixture(scope="module")
def caller(running_shop: RunningShop) -> Caller:
    return Caller(running_shop, running_shop.customer("bodies", tokens=1000))


# --- whole ---------------------------------------------------------------------------------------


def test_a_chunked_capture_is_refused_and_the_chunks_are_not_read_as_the_next_request(caller: Caller) -> None:
    hold = caller.post("/api/tokens/holds", JSON, b'{"action": "data_export"}').json()
    address = f"/api/tokens/holds/{hold['id']}"
    chunked = {**JSON, "Transfer-Encoding": "chunked", "Content-Length": None}
    sent = caller.request("POST", f"{address}/capture", chunked, CHUNKS)
    first, *more = caller.exchange(sent + caller.request("GET", "/api/tokens/balance", {}, Connection="close"))
    assert (first.status, first.detail) == (
        411,
        "Send the body whole, with a Content-Length, not in chunks (Transfer-Encoding).",
    )
    assert [answer.status for answer in more] in ([], [200])  # the connection was closed, or went on where it should
    assert caller.get(address).json()["status"] == "held"
    captured = caller.post(f"{address}/capture", JSON, b'{"tokens": 3}').json()
    assert (captured["status"], captured["tokens"]) == ("spent", 3)


@pytest.mark.parametrize(
    ("path", "kind", "is_page"),
    [
        ("/api/tokens/spend", JSON, False),
        ("/api/domains/import", CSV, False),
        ("/api/domains/import", PARTS, False),
        ("/api/tokens/webhook", JSON, False),
        ("/domains/import", PARTS, True),
        ("/accounts/login/", FORM, True),
        ("/admin/login/", FORM, True),
    ],
)
@pytest.mark.parametrize("also", [{}, {"Content-Length": "13"}])
def test_chunks_are_a_411_at_every_door(
    caller: Caller, path: str, kind: dict[str, str], is_page: bool, also: dict[str, str]
) -> None:
    who = as_browser(caller) if is_page else {}
    answer = caller.post(path, {**kind, "Content-Length": None, "Transfer-Encoding": "chunked", **also, **who}, CHUNKS)
    assert (answer.status, "with a Content-Length" in answer.detail) == (411, True)


@pytest.mark.parametrize(
    ("path", "kind", "body", "is_page"),
    [
        ("/api/domains/import", CSV, DOMAINS, False),
        ("/api/domains/import", PARTS, parts(("file", DOMAINS)), False),
        ("/api/tokens/spend", JSON, SPEND + b" " * 4000, False),
        ("/api/tokens/webhook", JSON, b"{}" + b" " * 4000, False),
        ("/domains/import", PARTS, parts(("file", DOMAINS)), True),
        ("/tokens/purchase", FORM, b"package=pro&" + b"x" * 4000, True),
        ("/accounts/login/", FORM, b"login=bodies&" + b"x" * 4000, True),
        ("/admin/login/", FORM, b"login=bodies&" + b"x" * 4000, True),
    ],
)
def test_a_body_that_is_cut_off_is_a_400_and_nothing_is_done(
    caller: Caller, path: str, kind: dict[str, str], body: bytes, is_page: bool
) -> None:
    spent, who = caller.spent(), as_browser(caller) if is_page else {}
    whole = caller.request("POST", path, {**kind, **who}, body)
    (answer,) = caller.exchange(whole[: 1152 - len(body)], then_ends=True)
    assert (answer.status, answer.detail) == (
        400,
        f"Only 1,152 of the {len(body):,} bytes that Content-Length announced arrived, and nothing was done: send the "
        "request again.",
    )
    assert caller.spent() == spent


def test_an_import_whose_caller_is_gone_half_way_imports_nothing(caller: Caller) -> None:
    spent, begun = caller.spent(), imports_of(caller)
    with socket.create_connection(("127.0.0.1", caller.shop.port)) as connection:
        connection.sendall(caller.request("POST", "/api/domains/import", CSV, DOMAINS)[: 1152 - len(DOMAINS)])
    time.sleep(0.5)
    assert (imports_of(caller), caller.get("/api/domains").json()["count"], caller.spent()) == (begun, 0, spent)
    assert caller.post("/api/domains/import", CSV, b"domain\nnas.local\n").status == 202  # what begins is seen there
    assert len(imports_of(caller)) == len(begun) + 1


def test_two_whole_requests_on_one_connection_are_both_answered(caller: Caller) -> None:
    spent = caller.spent()
    one = caller.request("POST", "/api/tokens/spend", JSON, SPEND)
    answers = caller.exchange(one + caller.request("POST", "/api/tokens/spend", JSON, SPEND, Connection="close"))
    assert [answer.status for answer in answers] == [200, 200]
    assert caller.spent() == spent + 2


@pytest.mark.parametrize("length", ["-5", "+27", "1_0", "27, 26", "٢٧", "", "9" * 5000])
def test_a_length_that_is_no_number_is_refused_and_no_request_is_read_after_it(caller: Caller, length: str) -> None:
    """Granian refuses it before the shop hears of it, so its answer has no words."""
    spent = caller.spent()
    sent = caller.request("POST", "/api/tokens/spend", {**JSON, "Content-Length": length}, SPEND)
    (answer,) = caller.exchange(sent + caller.request("POST", "/api/tokens/spend", JSON, SPEND))
    assert (answer.status in (400, 413), caller.spent()) == (True, spent)


def test_http_2_is_not_spoken_since_its_bodies_may_come_without_a_length(caller: Caller) -> None:
    with socket.create_connection(("127.0.0.1", caller.shop.port), timeout=60) as connection:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4" + b"\0" * 5)
        assert not connection.recv(9).startswith(b"\0")  # as a frame of its settings would


# --- no larger than any door takes ---------------------------------------------------------------------


@pytest.mark.parametrize("size", [LARGEST + 1, 20_000_000])
@pytest.mark.parametrize(
    ("path", "kind", "who"),
    [
        ("/api/domains/import", CSV, "key"),
        ("/api/tokens/spend", JSON, "nobody"),
        ("/domains/import", PARTS, "session"),
        ("/accounts/login/", FORM, "nobody"),
    ],
)
def test_more_than_any_door_takes_is_a_413_that_also_they_hear_who_send_first_and_listen_then(
    caller: Caller, size: int, path: str, kind: dict[str, str], who: str
) -> None:
    key = {"key": {"Authorization": f"Bearer {caller.customer.key}"}, "nobody": {}}
    headers = {**kind, **key.get(who, {"Cookie": as_browser(caller)["Cookie"]})}
    with closing(HTTPConnection("127.0.0.1", caller.shop.port, timeout=60)) as connection:
        connection.request("POST", path, b"x" * size, headers)
        with connection.getresponse() as response:
            said = {name.lower(): text for name, text in response.getheaders()}
            answer = Answer(response.status, said, response.read())
    assert (answer.status, answer.detail) == (
        413,
        "A request may have at most 5 MB (5,065,536 bytes): send less, or split the file.",
    )


def test_who_asks_before_sending_too_much_is_not_told_to_go_on(caller: Caller) -> None:
    asks = {**CSV, "Content-Length": LARGEST + 1, "Expect": "100-continue"}
    assert caller.post("/api/domains/import", asks).status == 413


def test_a_file_of_the_largest_size_is_read(caller: Caller) -> None:
    file = b"domain\n" + (b"x" * 99_999 + b"\n") * 49
    file += b"x" * (MOST_BYTES - len(file))
    for kind, body in ((CSV, file), (PARTS, parts(("file", file)))):
        assert caller.post("/api/domains/import?dry_run=true", kind, body).json()["rows"] == 50


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


# --- a crowd -----------------------------------------------------------------------------------------------


def test_sixty_calls_at_once_are_all_answered(caller: Caller) -> None:
    spent, statuses = caller.spent(), []
    together = threading.Barrier(60)

    def call() -> None:
        together.wait()
        statuses.append(caller.post("/api/tokens/spend", JSON, SPEND).status)

    threads = [threading.Thread(target=call) for _ in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (statuses, caller.spent()) == ([200] * 60, spent + 60)


def test_a_crowd_may_wait_to_be_taken_up_by_the_server_of_dev_run() -> None:
    with Server(("127.0.0.1", 0), RequestHandler) as server, ExitStack() as waiting:  # nobody takes them up here
        for _ in range(100):
            waiting.enter_context(socket.create_connection(("127.0.0.1", server.server_port), timeout=0.5))
