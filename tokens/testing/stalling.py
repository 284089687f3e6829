"""Servers that stand in Stripe's place and fail it in the ways a network does."""

import contextlib
import re
import socket
import threading
import time

from tokens.errors import StripeFailed
from tokens.stripe_api import deadline, gateway

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}"
NOBODY_LISTENS = "http://127.0.0.1:9"


class Stalling:
    """Accepts connections; `answer(connection)` does the rest, in a thread of its own. `asked` counts the requests,
    `last` is the head of the newest."""

    def __init__(self, answer):
        self.answer, self.asked, self.is_over = answer, 0, threading.Event()
        self.last = ""
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._connections = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while not self.is_over.is_set():
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError):
            while head := _read_request(connection):
                self.last = head
                self.asked += 1
                self.answer(self, connection)

    def close(self):
        self.is_over.set()
        for each in (self._listener, *self._connections):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def _read_request(connection):
    """The head of the next request, whose body is read too, in however many pieces it comes; "" at the end."""
    got = b""
    while b"\r\n\r\n" not in got or len(got.partition(b"\r\n\r\n")[2]) < _length(got):
        if not (piece := connection.recv(65536)):
            return ""
        got += piece
    return got.partition(b"\r\n\r\n")[0].decode()


def _length(request):
    found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", request)
    return int(found[1]) if found else 0


def silent(server, connection):
    server.is_over.wait()


def trickling(data):
    """One byte of `data` after the other, so that no read ever waits long."""

    def answer(server, connection):
        for byte in data:
            connection.sendall(bytes([byte]))
            if server.is_over.wait(0.1):
                return

    return answer


def trickling_body(server, connection):
    connection.sendall(HEAD)
    trickling(b" " * 100_000)(server, connection)


def unavailable(server, connection):
    connection.sendall(UNAVAILABLE)


def hanging_up(server, connection):
    connection.shutdown(socket.SHUT_RDWR)


def saying(body, *, after=0.0, status="200 OK"):
    """The same JSON for every request, after so many seconds."""

    def answer(server, connection):
        time.sleep(after)
        connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())

    return answer


def by_words(answers):
    """A request gets the answer of the first key that stands in its head."""

    def answer(server, connection):
        next(each for words, each in answers.items() if words in server.last)(server, connection)

    return answer


WAYS_TO_FAIL = {
    "silent": silent,
    "trickling its head": trickling(HEAD * 100),
    "trickling its body": trickling_body,
    "unavailable": unavailable,
    "hanging up": hanging_up,
}


@contextlib.contextmanager
def stalling(answer):
    server = Stalling(answer)
    try:
        yield server
    finally:
        server.close()


LIST = '{"object": "list", "data": [], "has_more": false}'


def ask(seconds=0.5):
    """One call that somebody waits for; what went wrong, and after how many seconds."""
    began = time.monotonic()
    try:
        with deadline.within(seconds):
            gateway.list_refunds("pi_1")
    except StripeFailed as error:
        return error, time.monotonic() - began
    return None, time.monotonic() - began
