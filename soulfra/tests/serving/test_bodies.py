"""Bodies on the servers that people use, to the byte: what did not come whole, plain and in UTF-8 is refused, and
nothing is done for it.
"""

import socket
import threading
import time
from contextlib import ExitStack, closing
from http.client import HTTPConnection

import pytest

from brands.bulk_import.text import MOST_BYTES
from soulfra.serving.bodies import LARGEST
from soulfra.serving.listening import RequestHandler, Server
from soulfra.testing.bodies import CSV, FORM, JSON, PARTS, SPEND, imports_of, parts
from soulfra.testing.wire import Answer, Caller, as_browser

DOMAINS = b"domain\n" + b"".join(b"number-%05d.com\n" % number for number in range(200))
CHUNKS = b"d\r\n" + b'{"tokens": 3}' + b"\r\n0\r\n\r\n"


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
