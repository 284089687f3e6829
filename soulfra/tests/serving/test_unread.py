"""Clients that announce a body and are silent, and requests that cannot be read, on the servers that people use."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from devtools.testing.servers import RunningShop
from soulfra.serving.listening import LONGEST_LINE, RequestHandler, Server
from soulfra.testing.wire import Answer, answers_in

MORE_THAN_ALL_THREADS = 40
SOON = 5
IMPORT = ["POST /api/domains/import HTTP/1.1", "Host: 127.0.0.1"]
KINDS = {
    "too large": ["Content-Length: 6000000"],
    "an odd charset": ["Content-Length: 4000", "Content-Type: text/csv; charset=utf-16"],
    "chunks that never come": ["Transfer-Encoding: chunked"],
}


@pytest.fixture(scope="module")
def port_of_dev_run() -> Iterator[int]:
    """The server of `./dev run` in this process, for what it answers before anything of the shop is asked."""
    from soulfra.wsgi import application

    with Server(("127.0.0.1", 0), RequestHandler) as server:
        server.set_app(application)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def connected(port: int, lines: list[str]) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    return connection


@pytest.mark.parametrize("kind", KINDS)
def test_those_who_were_refused_and_are_silent_keep_no_thread_from_others(running_shop: RunningShop, kind: str) -> None:
    with ExitStack() as silent:
        refused = [
            silent.enter_context(connected(running_shop.port, [*IMPORT, *KINDS[kind]]))
            for _ in range(MORE_THAN_ALL_THREADS)
        ]
        assert {connection.recv(12)[-3:] for connection in refused} <= {b"411", b"413", b"415"}
        began = time.monotonic()
        lines = ["GET /tokens/ HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
        with connected(running_shop.port, lines) as connection:
            assert answers_in(connection.makefile("rb"))[0].status == 200
        assert time.monotonic() - began < SOON


@pytest.mark.parametrize("kind", KINDS)
def test_dev_run_closes_the_connection_of_whoever_was_refused_and_is_silent(port_of_dev_run: int, kind: str) -> None:
    before = threading.active_count()
    with connected(port_of_dev_run, [*IMPORT, *KINDS[kind]]):
        began = time.monotonic()
        while threading.active_count() > before or time.monotonic() - began < 0.1:
            assert time.monotonic() - began < SOON
            time.sleep(0.02)


def test_dev_run_reads_what_was_refused_to_its_end_and_then_the_next_request(port_of_dev_run: int) -> None:
    refused = "\r\n".join([*IMPORT, *KINDS["an odd charset"], "", "x" * 4000])
    with connected(port_of_dev_run, [refused + "GET /api/no-such-call HTTP/1.1", "Connection: close"]) as connection:
        assert [answer.status for answer in answers_in(connection.makefile("rb"))] == [415, 404]


# --- what cannot be read as a request --------------------------------------------------------------------

LONG = "x" * (LONGEST_LINE + 4000)
UNREADABLE = [
    ("{} HTTP/1.1\r\nHost: 127.0.0.1\r\nno colon here", 400),
    ("{} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length : 5", 400),
    ("{} HTTP/1.1\r\n Host: 127.0.0.1", 400),
    ("{} HTTP/one", 400),
    ("{} and more HTTP/1.1\r\nHost: 127.0.0.1", 400),
    ("{}?q=" + LONG + " HTTP/1.1\r\nHost: 127.0.0.1", 414),
    ("{} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + LONG, 431),
    ("{} HTTP/1.1\r\nHost: 127.0.0.1" + "".join(f"\r\nX-{number}: 1" for number in range(200)), 431),
    ("{} HTTP/3.0\r\nHost: 127.0.0.1", 505),
]


@pytest.mark.parametrize(
    ("request_head", "status"), UNREADABLE, ids=[f"{s}-{n}" for n, (_, s) in enumerate(UNREADABLE)]
)
@pytest.mark.parametrize("path", ["/api/tokens/spend", "/tokens/"])
def test_what_cannot_be_read_as_a_request_is_refused_in_words(
    port_of_dev_run: int, path: str, request_head: str, status: int
) -> None:
    with (
        connected(port_of_dev_run, [request_head.format(f"POST {path}")]) as connection,
        connection.makefile("rb") as file,
    ):
        (answer,) = answers_in(file)
    assert (answer.status, answer.headers["connection"], len(answer.detail.split()) > 5) == (status, "close", True)
    assert answer.headers["content-type"].startswith("application/problem+json" if "/api/" in path else "text/html")
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


@pytest.mark.parametrize(("request_head", "status"), [UNREADABLE[0], UNREADABLE[5], UNREADABLE[7]])
def test_neither_server_takes_it_for_a_request(running_shop: RunningShop, request_head: str, status: int) -> None:
    head = request_head.format("GET /api/tokens/balance")
    with connected(running_shop.port, [head]) as connection, connection.makefile("rb") as file:
        answers: list[Answer] = answers_in(file)
    assert [answer.status for answer in answers] == [status]
