"""Granian as this shop runs it: one definition for `./dev serve`, the container and the benchmarks."""

import logging
import os
import signal
import socket
import threading
import time
from functools import partial
from typing import Any

from django.apps import apps
from django.db import DatabaseError, connections
from granian._granian import SocketHolder
from granian._internal import load_target
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from tokens import owners, signs_of_life

log = logging.getLogger(__name__)

# The longest Granian allows. A thread that ends takes its database connection along, and opening one costs more than
# most requests.
IDLE_THREAD_SECONDS = 600
# Connections that wait to be taken up: those of a crowd, and those that come while one server takes over from another.
BACKLOG = 1024
# The variable by which whoever starts this server hands it a socket that listens already.
SOCKET = "LISTENING_SOCKET"
SECONDS_BETWEEN_SIGNS = 1.0
# For who has connected to send the first byte, before the server takes the connection up.
SECONDS_TO_SPEAK = 5


class Server(MPServer):
    """All its processes take connections from one queue, as a server that takes over does. Granian's own sockets on
    Linux are one for each process, and a connection that waits at one that ends is reset.
    """

    def __init__(self, target: str, *, listener: socket.socket, hang_seconds: float, **options: Any) -> None:
        super().__init__(target, **options)
        self._listener, self._hang_seconds = listener, hang_seconds

    def _init_shared_socket(self) -> None:
        holder: Any = SocketHolder  # whose stub takes nothing
        shared: Any = self
        shared._ssp, shared._sso = None, self._listener
        shared._shd, shared._sfd = holder(self._listener.fileno(), False, BACKLOG), self._listener.fileno()

    def _stop_workers(self) -> None:
        names = [owners.name_of(worker.inner.pid) for worker in self.wrks]
        super()._stop_workers()
        self._free_claims_of([name for name in names if name])

    def _free_claims_of(self, processes: list[str]) -> None:
        """What a request that was cut had claimed is free for whoever repeats it, on other machines too."""
        if not apps.ready:  # another application than the shop
            return
        from tokens.idempotency import free_claims_of  # models, where this module is imported before they are ready

        try:
            if freed := free_claims_of(processes):
                log.warning("%d requests under way were cut", freed)
        except DatabaseError as error:
            log.warning("Claims of requests that were cut are freed a minute from now: %s", error)
        finally:
            connections.close_all()

    def serve_until_a_signal(self) -> None:
        signal.signal(signal.SIGUSR1, _leave)
        self.serve(target_loader=partial(_load, hang_seconds=self._hang_seconds))


def _load(target: str, *, hang_seconds: float) -> Any:
    application = load_target(target)
    signal.signal(signal.SIGUSR1, _leave)
    threading.Thread(target=_live, args=[hang_seconds], daemon=True).start()
    return _until_it_leaves(application)


def _live(hang_seconds: float) -> None:
    """In a thread of its own: requests that wait for the database, be it all of them, are no sign of death."""
    while True:
        signs_of_life.give(hangs_after=hang_seconds)
        time.sleep(SECONDS_BETWEEN_SIGNS)


# Set by SIGUSR1, which comes a while before SIGTERM where another server takes over.
_is_leaving = threading.Event()


def _leave(number: int, frame: object) -> None:
    _is_leaving.set()


def _until_it_leaves(application: Any) -> Any:
    """The application; then it closes each connection behind its answer. A client that sends the next request while the
    server closes the connection would never get an answer.
    """

    def run(environ: dict[str, Any], start_response: Any) -> Any:
        if not _is_leaving.is_set():
            return application(environ, start_response)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, [*headers, ("Connection", "close")], exc_info)

        return application(environ, start)

    return run


def server(
    target: str,
    *,
    listener: socket.socket,
    workers: int,
    threads: int,
    stop_seconds: float = 15,
    hang_seconds: float = 60,
) -> Server:
    """A server of the WSGI application `target` ("module:name"), in `workers` processes of `threads` threads each.

    `stop_seconds` are for the requests under way when it is asked to end. A process that hangs for `hang_seconds` ends
    itself, and another takes its place.
    """
    return Server(
        target,
        listener=listener,
        hang_seconds=hang_seconds,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,  # in HTTP/2 a body may come without its length, and would be taken for none
        workers=workers,
        backlog=BACKLOG,
        blocking_threads=threads,
        blocking_threads_idle_timeout=IDLE_THREAD_SECONDS,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=stop_seconds,
        log_access=False,  # the shop writes a line for each request itself, with more in it
        log_level=LogLevels.error,  # it warns of more processes than cores, which is what serves most here
    )


def listener(address: str, port: int) -> socket.socket:
    """The socket that was handed over, else a new one at this address. Raises OSError if that can't be had."""
    if handed_over := os.environ.pop(SOCKET, ""):
        listening = socket.socket(fileno=int(handed_over))
    else:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listening = socket.create_server((address, port), family=family, backlog=BACKLOG)
    # Connections inherit it. Without it the end of an answer waits 40 ms for the client to acknowledge its beginning.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # A server that ends closes connections that it took up and has not heard a byte of. Those wait for the next one.
    if hasattr(socket, "TCP_DEFER_ACCEPT"):  # on Linux
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, SECONDS_TO_SPEAK)
    return listening


def answers(address: tuple[str, int], *, seconds: float = 60) -> bool:
    """Whether a server there answers a request, with whatever it says."""
    try:
        with socket.create_connection(address, timeout=seconds) as connection:
            connection.sendall(b"HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return bool(connection.recv(1))
    except OSError:
        return False


def wait_until_it_answers(address: tuple[str, int]) -> None:
    """The first pause lets the server's processes be forked from a quiet one."""
    time.sleep(0.2)
    while not answers(address):
        time.sleep(0.2)
