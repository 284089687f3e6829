"""Granian as this shop runs it: one definition for `./dev serve`, the container and the benchmarks."""

import socket
import time

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.common import AbstractServer

# The longest Granian allows. A thread that ends takes its database connection along, and opening one costs more than
# most requests.
IDLE_THREAD_SECONDS = 600
SECONDS_TO_FINISH = 5  # for the requests under way when the server is asked to end


def server(target: str, *, address: str, port: int, workers: int, threads: int) -> AbstractServer:
    """A server of the WSGI application `target` ("module:name"), in `workers` processes of `threads` threads each."""
    return Granian(
        target,
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,  # in HTTP/2 a body may come without its length, and would be taken for none
        workers=workers,
        blocking_threads=threads,
        blocking_threads_idle_timeout=IDLE_THREAD_SECONDS,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=SECONDS_TO_FINISH,
        log_access=False,  # the shop writes a line for each request itself, with more in it
        log_level=LogLevels.error,  # it warns of more processes than cores, which is what serves most here
    )


def answers(address: tuple[str, int]) -> bool:
    """Whether anybody listens there."""
    try:
        socket.create_connection(address, timeout=1).close()
    except OSError:
        return False
    return True


def wait_until_it_answers(address: tuple[str, int]) -> None:
    """The first pause lets the server's processes be forked from a quiet one."""
    time.sleep(0.2)
    while not answers(address):
        time.sleep(0.2)
