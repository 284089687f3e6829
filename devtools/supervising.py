"""The web server, the worker and the sandbox side by side: what ends by itself is started again, what hangs is ended.

Standard library only: `dev` uses it before .venv exists.
"""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devtools import processes
from devtools.children import Child, say

# Variables of a child: the socket it listens at (soulfra/serving/web.py), and the file it touches as a sign of life.
SOCKET, SIGN_OF_LIFE = "LISTENING_SOCKET", "SIGN_OF_LIFE"
BACKLOG = 1024
SECONDS_TO_START = 300.0
BETWEEN_PROBES = 5.0
# For clients to send the next request on a kept connection, whose answer says that it is the last one there.
SECONDS_TO_LEAVE = 3.0
# A child ends what is under way by itself within the seconds it has; it is killed so long after them.
SECONDS_TO_SPARE = 3.0


@dataclass(frozen=True)
class Limits:
    """Seconds: for what is under way when a child is asked to end, and after how many of silence one hangs."""

    stop: float = 15
    web_hangs: float = 60
    worker_hangs: float = 300


def listen(address: tuple[str, int]) -> socket.socket:
    """The shop's socket. It outlives the web servers that take connections from it, so none is refused between two."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    return socket.create_server(address, family=family, backlog=BACKLOG)


def has_terminal() -> bool:
    """Whether this was started from a terminal, whose closing comes as SIGHUP."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
    except OSError:
        return False
    return True


class Supervisor:
    """Runs the commands until a signal asks. `listener` is None where the web server makes its own socket at `address`.

    SIGHUP, unless it means that a terminal was closed, starts a new web server, ends the old one once the new one
    serves, and starts the worker again: with the code and the settings that are there now.
    """

    def __init__(
        self,
        *,
        web: list[str],
        worker: list[str],
        sandbox: list[str] | None = None,
        address: tuple[str, int],
        listener: socket.socket | None = None,
        env: Mapping[str, str],
        cwd: Path,
        limits: Limits = Limits(),
    ) -> None:
        self.commands = {"Stripe sandbox": sandbox, "web server": web, "worker": worker}
        self.address, self.listener, self.limits = address, listener, limits
        self.env, self.cwd = env, cwd
        self.children: dict[str, Child] = {}
        self.is_asked = self.is_to_renew = False

    def run(self) -> int:
        """The exit code: 0 after a signal, that of the web server if it never served."""
        self._heed_signals()
        with tempfile.TemporaryDirectory(prefix="soulfra-signs-") as folder:
            self.folder = Path(folder)
            try:
                if self.commands["Stripe sandbox"]:
                    self._add("Stripe sandbox")
                web = self._add("web server")
                while not self.is_asked and not self._serves(web):
                    if (code := web.process.poll()) is not None:  # it has said itself why it does not start
                        return abs(code) or 1
                    time.sleep(0.05)
                self._watch()
            finally:
                self._end_all()
        return 0

    def _watch(self) -> None:
        self._add("worker")
        probe = _Probe(self.address, self.limits.web_hangs)
        probe.start()
        while not self.is_asked:
            for child in self.children.values():
                child.tend()
            if self.children["worker"].is_silent(self.limits.worker_hangs):
                self.children["worker"].start_later(
                    f"has given no sign of life for {self.limits.worker_hangs:g} s and was ended"
                )
            if probe.unanswered_since > self.children["web server"].began:
                say(f"The web server has not answered for {self.limits.web_hangs:g} s; replacing it.")
                self._replace_web(is_hung=True)
            if self.is_to_renew:
                self.is_to_renew = False
                self._renew()
            time.sleep(0.05)

    def _renew(self) -> None:
        if self._replace_web():
            processes.end(self.children["worker"].process, seconds=self.limits.stop + SECONDS_TO_SPARE)
            self.children["worker"].start()
            say("The web server and the worker run with the code and the settings that are here now.")

    def _replace_web(self, *, is_hung: bool = False) -> bool:
        """Whether another web server serves in place of this one, which ends what is under way."""
        old = self.children["web server"]
        if self.listener is None:
            old.start_later("is started again")
            return True
        new, give_up_at = old.successor(), time.monotonic() + SECONDS_TO_START
        while not (self.is_asked or self._serves(new)):
            if new.process.poll() is not None or time.monotonic() > give_up_at:
                processes.end(new.process)
                if is_hung:
                    old.start_later("was ended")
                else:
                    say("The new web server did not start (see above); the old one continues.")
                return False
            time.sleep(0.05)
        self.children["web server"] = new
        if not is_hung:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(old.process.pid, signal.SIGUSR1)
            time.sleep(SECONDS_TO_LEAVE)
        processes.end(old.process, seconds=self.limits.stop + SECONDS_TO_SPARE)
        return True

    def _serves(self, web: Child) -> bool:
        return web.sign.exists() or (self.listener is None and processes.listens(self.address))

    def _add(self, name: str) -> Child:
        child = Child(name, lambda sign: self._launch(name, sign), self.folder)
        self.children[name] = child
        return child

    def _launch(self, name: str, sign: Path) -> "subprocess.Popen[bytes]":
        env, sockets = {**self.env, SIGN_OF_LIFE: str(sign)}, []
        if name == "web server" and self.listener:
            sockets = [self.listener.fileno()]
            env[SOCKET] = str(self.listener.fileno())
        return processes.start(self.commands[name] or [], env=env, cwd=self.cwd, pass_fds=sockets)

    def _end_all(self) -> None:
        """All at once; the sandbox last, since requests that end talk to it."""
        if self.listener:
            self.listener.close()
        last = [child for child in self.children.values() if child.name == "Stripe sandbox"]
        first = [child for child in self.children.values() if child not in last]
        stop_at = time.monotonic() + self.limits.stop + SECONDS_TO_SPARE
        for child in first:
            if child.process.poll() is None:
                child.process.send_signal(signal.SIGTERM)
        for child in [*first, *last]:
            processes.end(child.process, seconds=max(stop_at - time.monotonic(), 1.0))

    def _heed_signals(self) -> None:
        for number in processes.SIGNALS_TO_STOP:
            signal.signal(number, self._ask)
        if not has_terminal():
            signal.signal(signal.SIGHUP, self._ask_to_renew)

    def _ask(self, number: int, frame: object) -> None:
        self.is_asked = True

    def _ask_to_renew(self, number: int, frame: object) -> None:
        self.is_to_renew = True


class _Probe(threading.Thread):
    """Asks the web server something every few seconds, and notes when a wait began that no answer ended."""

    def __init__(self, address: tuple[str, int], seconds: float) -> None:
        super().__init__(daemon=True)
        self._address, self._seconds = address, seconds
        self.unanswered_since = 0.0

    def run(self) -> None:
        while True:
            time.sleep(min(BETWEEN_PROBES, self._seconds))
            began = time.monotonic()
            try:
                processes.answers(self._address, self._seconds)
            except TimeoutError:
                self.unanswered_since = began
