"""The server by itself: whom it takes up, and what becomes of a process that hangs."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from django.conf import settings

from soulfra.serving import web

ASKING = b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        yield listening


@contextlib.contextmanager
def serving(listener: socket.socket, *, hang_seconds: float = 60) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "soulfra.testing.tiny", str(hang_seconds)]
    env, cwd, number = {**os.environ, web.SOCKET: str(listener.fileno())}, settings.BASE_DIR, listener.fileno()
    with subprocess.Popen(command, cwd=cwd, env=env, pass_fds=[number], stderr=subprocess.PIPE, text=True) as run:
        try:
            processes(listener)
            yield run
        finally:
            run.send_signal(signal.SIGTERM)
            run.wait(20)


def processes(listener: socket.socket) -> set[str]:
    """Both processes, once both answer."""
    seen: set[str] = set()
    give_up_at = time.monotonic() + 20
    while len(seen) < 2:
        assert time.monotonic() < give_up_at
        seen |= {ask(listener)} - {""}
    return seen


def connect(listener: socket.socket) -> socket.socket:
    return socket.create_connection(listener.getsockname(), timeout=20)


def ask(listener: socket.socket, path: str = "/") -> str:
    """The body of the answer; "" if the connection is closed without one."""
    with connect(listener) as connection:
        return answer_on(connection, path)


def answer_on(connection: socket.socket, path: str = "/") -> str:
    connection.sendall(ASKING % path.encode())
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(4096):
            said += piece
    return said.partition(b"\r\n\r\n")[2].decode()


@pytest.mark.skipif(not hasattr(socket, "TCP_DEFER_ACCEPT"), reason="Linux keeps silent connections from a server.")
def test_who_has_connected_and_said_nothing_is_answered_by_the_next_server(listener: socket.socket) -> None:
    with serving(listener):
        silent = connect(listener)
        ask(listener)  # whoever came before is taken up by now
    with silent, serving(listener):
        assert answer_on(silent)


def test_a_process_that_hangs_ends_itself_and_says_where_and_another_takes_its_place(listener: socket.socket) -> None:
    with serving(listener, hang_seconds=3) as run:
        before = processes(listener)
        assert ask(listener, "/hang") == ""
        assert len(processes(listener) & before) == 1
        run.send_signal(signal.SIGTERM)
        assert run.stderr
        said = run.stderr.read()
    assert "Timeout (0:00:03)!" in said
    assert re.search(r'testing/tiny\.py", line \d+ in _never_return$', said, re.MULTILINE)
    assert run.returncode == 0
