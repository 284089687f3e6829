"""Starting shops and workers, and killing them without a warning."""

import json
import os
import socket
import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from devtools import processes
from devtools.testing import environment
from tokens.testing.kills_nursery import PHASES

SECONDS_TO_WARM_UP = 60


@dataclass(frozen=True)
class Life:
    """A process, and the file in which it counts what it is in the middle of."""

    what: str
    pid: int
    activity: Path


class Port:
    """One port throughout. While it listens here, callers wait for the next shop; else they are refused."""

    def __init__(self):
        self._reserved = _bound(0)  # nobody else is given the port while no shop listens
        self._number = self._reserved.getsockname()[1]
        self._listener = None
        self.address = f"http://127.0.0.1:{self._number}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.refuse()
        self._reserved.close()

    def listen(self):
        if self._listener is None:
            self._listener = _bound(self._number)
            self._listener.listen(64)
        return self._listener

    def refuse(self):
        if self._listener:
            self._listener.close()
            self._listener = None


class Nursery:
    def __init__(self, control, directory):
        self._control, self._directory, self.born = control, directory, 0
        self.hits: Counter[str] = Counter()

    def start_shop(self, listener):
        return self._start("shop", [listener.fileno()])

    def start_worker(self):
        return self._start("worker", [])

    def kill(self, life):
        """SIGKILL, now. Counts what it was in the middle of; one that was dead already is an error of the test's."""
        answer = self._ask({"do": "kill", "pid": life.pid}, [])
        assert answer == {"signal": 9}, f"{life} had ended by itself: {answer}"
        busy = [phase for phase, count in zip(PHASES, life.activity.read_bytes(), strict=True) if count]
        self.hits.update(f"{life.what}: {phase}" for phase in [*(busy or ["idle"]), "all"])

    def _start(self, what, fds):
        self.born += 1
        activity = self._directory / f"activity-{self.born}"
        activity.write_bytes(bytes([1] + [0] * (len(PHASES) - 1)))
        return Life(what, self._ask({"do": what, "activity": str(activity)}, fds)["pid"], activity)

    def _ask(self, order, fds):
        socket.send_fds(self._control, [json.dumps(order).encode()], fds)
        return json.loads(self._control.recv(65536))


@contextmanager
def nursery(directory, *, sandbox):
    """The nursery, warm, on this test's database and Stripe; none of its processes is left afterwards."""
    ours, theirs = socket.socketpair()
    ours.settimeout(SECONDS_TO_WARM_UP)
    with ours, open(directory / "log", "wb") as log:
        process = processes.start(
            [sys.executable, "-m", "tokens.testing.kills_nursery", str(theirs.fileno())],
            cwd=settings.BASE_DIR,
            env={**os.environ, **_environment(directory, sandbox)},
            pass_fds=[theirs.fileno()],
            stdout=log,
            stderr=log,
        )
        theirs.close()
        try:
            assert ours.recv(65536) == b"{}", (process.wait(), (directory / "log").read_text()[-3000:])
            yield Nursery(ours, directory)
        finally:
            ours.close()
            processes.end(process)
    assert not _is_anyone_left(process.pid)


def _environment(directory, sandbox):
    named = urlsplit(environment.database_url())
    return {
        "API_REQUESTS_PER_MINUTE": "1000000",
        "API_BURST": "10000",
        "DATABASE_URL": named._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
        "STRIPE_API_BASE": sandbox,
        "STRIPE_REQUESTS_PER_MINUTE": "1000000",
    }


def _is_anyone_left(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _bound(number):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", number))
    return sock
