"""Child processes that never outlive their parent. Standard library only: `dev` uses it before .venv exists."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
from collections.abc import Callable
from types import FrameType
from typing import Any

SIGNALS_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SECONDS_TO_END = 8
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def die_with_parent(number: int = signal.SIGTERM) -> Callable[[], None]:
    """A `preexec_fn`: the kernel sends the child `number` when we die, even by SIGKILL. On Linux; elsewhere nothing."""
    parent = os.getpid()

    def ask_the_kernel() -> None:
        if hasattr(_libc, "prctl"):
            _libc.prctl(_PR_SET_PDEATHSIG, number)
            if os.getppid() != parent:
                os._exit(1)

    return ask_the_kernel


def start(command: list[str], *, on_our_death: int = signal.SIGTERM, **options: Any) -> "subprocess.Popen[bytes]":
    """Start `command` in a session of its own: Ctrl-C in the terminal reaches us alone, and we end it in order."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_parent(on_our_death),
        **options,
    )


def end(child: "subprocess.Popen[bytes]", number: int = signal.SIGTERM, *, seconds: float = SECONDS_TO_END) -> None:
    """Ask the child to end, wait so long, then kill it and whatever else is left in its session."""
    if child.poll() is None:
        child.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(seconds)
    # PermissionError: on macOS, when only zombies are left of the group.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def raise_on_signals() -> None:
    """From here on SIGTERM and SIGHUP unwind like Ctrl-C, so that every `finally` runs."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in SIGNALS_TO_STOP:
        signal.signal(number, stop)


def listens(address: tuple[str, int]) -> bool:
    """Whether anybody takes connections there."""
    try:
        socket.create_connection(address, timeout=1).close()
    except OSError:
        return False
    return True


def answers(address: tuple[str, int], seconds: float) -> bool:
    """Whether a web server there answers a request, with whatever it says. Raises TimeoutError."""
    try:
        with socket.create_connection(address, timeout=seconds) as connection:
            connection.sendall(b"HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return bool(connection.recv(1))
    except TimeoutError:
        raise
    except OSError:
        return False
