"""The web server: whole bodies however they come, connections that are kept, and an end that nobody waits for."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from stripe_sandbox.server.http_server import Server
from stripe_sandbox.testing import run_sandbox
from stripe_sandbox.tests.support.actors import at_once

HEAD = (
    "POST /v1/customers HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sk_test_x\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\n"
)


def send(sandbox: str, text: str) -> str:
    """What comes back for these bytes, up to the end of the connection."""
    where = urlsplit(sandbox)
    with socket.create_connection((where.hostname, where.port), timeout=20) as raw:
        raw.sendall(text.encode())
        raw.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: raw.recv(65536), b"")).decode()


def test_a_chunked_body_is_read_whole(sandbox: str) -> None:
    def chunks() -> Iterator[bytes]:
        yield from (b"email=ann%40exa", b"mple.com&na", b"me=Ann")

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    made = requests.post(f"{sandbox}/v1/customers", data=chunks(), headers=headers, auth=("sk_test_x", ""), timeout=20)

    assert (made.status_code, made.json()["email"], made.json()["name"]) == (200, "ann@example.com", "Ann")


def test_chunks_may_have_extensions_and_trailers(sandbox: str) -> None:
    body = "6;note=1\r\nname=A\r\n2\r\nnn\r\n0\r\nX-Sum: 1\r\n\r\n"
    answer = send(sandbox, f"{HEAD}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n{body}")

    assert answer.startswith("HTTP/1.1 200 ")
    assert '"name": "Ann"' in answer


@pytest.mark.parametrize(
    "rest",
    [
        "Transfer-Encoding: chunked\r\n\r\n6\r\nname",  # broken off in a chunk
        "Transfer-Encoding: chunked\r\n\r\n6\r\nname=A\r\n",  # before the last one
        "Transfer-Encoding: chunked\r\n\r\nzz\r\nname=A\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n-1\r\nname=A\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n3\r\nname=A\r\n0\r\n\r\n",  # longer than it says
        "Transfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\nname=A\r\n0\r\n\r\n",
        "Content-Length: 20\r\n\r\nname=A",
        "Content-Length: -5\r\n\r\nname=A",
        "Content-Length: many\r\n\r\nname=A",
        "Content-Length: 99999999999\r\n\r\nname=A",
    ],
)
def test_a_body_that_is_not_whole_is_refused_and_nothing_is_made(own_sandbox: str, rest: str) -> None:
    answer = send(own_sandbox, HEAD + rest)

    assert answer.startswith("HTTP/1.1 400 ")
    assert json.loads(answer.partition("\r\n\r\n")[2])["error"]["type"] == "invalid_request_error"
    listed = requests.get(f"{own_sandbox}/v1/customers", auth=("sk_test_x", ""), timeout=20)
    assert listed.json()["data"] == []


def test_a_connection_is_kept_and_no_answer_waits_for_nagle(sandbox: str) -> None:
    where = urlsplit(sandbox)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
    took = []
    for _ in range(15):
        started = time.monotonic()
        connection.request("GET", "/v1/nope", headers={"Authorization": "Bearer sk_test_x"})
        answer = connection.getresponse()
        answer.read()
        took.append(time.monotonic() - started)
        assert (answer.version, answer.getheader("Connection")) == (11, None)
    connection.close()
    assert min(took) < 0.03  # 0.04 and more with Nagle's algorithm, however quiet the machine


def test_head_has_no_body_and_the_connection_goes_on(sandbox: str) -> None:
    where = urlsplit(sandbox)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
    connection.request("HEAD", "/stripe-sandbox/")
    answer = connection.getresponse()
    assert (answer.status, answer.read(), int(answer.getheader("Content-Length") or 0) > 1000) == (200, b"", True)
    connection.request("GET", "/stripe-sandbox/")
    assert connection.getresponse().status == 200
    connection.close()


def test_sixty_at_once_are_all_answered(sandbox: str) -> None:
    answers = at_once(60, lambda: requests.get(f"{sandbox}/stripe-sandbox/", timeout=30).status_code)

    assert answers == [200] * 60


def test_a_kept_connection_ends_with_the_server(tmp_path) -> None:
    with run_sandbox(tmp_path / "store.db") as running, requests.Session() as kept:
        assert kept.get(running.address, timeout=20).status_code == 200
        address = running.address
        started = time.monotonic()
    assert time.monotonic() - started < 5
    with pytest.raises(requests.ConnectionError):
        requests.get(address, timeout=5)


def test_an_application_that_fails_ends_its_connection_only(caplog) -> None:
    def application(environ, start_response):
        raise ZeroDivisionError

    server = Server(application)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        for _ in range(2):
            with pytest.raises(requests.ConnectionError):
                requests.get(server.address, timeout=5)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert "failed at a request" in caplog.text


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html,application/xhtml+xml,*/*;q=0.8"])
def test_an_unknown_path_is_json_for_programs_and_a_page_for_people(sandbox: str, accept: str) -> None:
    for method, path in (("GET", "/nope"), ("POST", "/nope"), ("DELETE", "/c/pay/cs_test_1"), ("POST", "/")):
        answer = requests.request(method, sandbox + path, headers={"Accept": accept}, timeout=20)
        is_page = accept.startswith("text/html")
        assert answer.status_code == (404 if path == "/nope" else 405)
        assert answer.headers["Content-Type"].startswith("text/html" if is_page else "application/json")
        assert f"has nothing at {method} {path}" in answer.text


def test_the_style_sheet_is_served_and_nothing_beside_it(sandbox: str) -> None:
    assert requests.get(f"{sandbox}/stripe-sandbox/static/sandbox.css", timeout=20).status_code == 200
    for name in ("nope.css", "../schema.py", "%2e%2e/schema.py", "..%2fschema.py"):
        assert requests.get(f"{sandbox}/stripe-sandbox/static/{name}", timeout=20).status_code == 404


def test_pages_are_framed_by_nobody_and_load_nothing_from_elsewhere(sandbox: str) -> None:
    for path in ("/stripe-sandbox/", "/c/pay/cs_test_nope"):
        headers = requests.get(sandbox + path, timeout=20).headers
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
