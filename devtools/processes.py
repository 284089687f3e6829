"""Child processes that never outlive their parent. Standard library only: `dev` uses it before .venv exists."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
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


def supervise(
    web: list[str],
    worker: list[str],
    *,
    address: tuple[str, int],
    sandbox: list[str] | None = None,
    env: Mapping[str, str],
    cwd: Path,
) -> int:
    """Run the web server, with the Stripe sandbox beside it if there is one, and the worker from when it answers at its
    address, until a signal asks or one of them ends; the exit code.
    """
    asked: list[int] = []
    for number in SIGNALS_TO_STOP:
        signal.signal(number, lambda number, frame: asked.append(number))
    children = {"Stripe sandbox": start(sandbox, env=env, cwd=cwd)} if sandbox else {}
    children["web server"] = start(web, env=env, cwd=cwd)
    while not asked and all(child.poll() is None for child in children.values()):
        if "worker" not in children and listens(address):
            children["worker"] = start(worker, env=env, cwd=cwd)
        time.sleep(0.05)
    codes = {name: child.poll() for name, child in children.items()}
    for child in reversed(children.values()):
        end(child)
    if asked:
        return 0
    ended = next((name for name, code in codes.items() if code is not None), "")
    if (
        "worker" in children or ended != "web server"
    ):  # before that, the web server has said itself why it does not start
        print(f"The {ended} exited unexpectedly; shutting down (see above).", file=sys.stderr)
    return next((abs(code) for code in codes.values() if code), 1)
