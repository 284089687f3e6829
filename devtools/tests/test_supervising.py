"""The supervisor of `./dev run` and `./dev serve`: what dies is started again, what hangs is ended."""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from devtools.testing.processes import wait_until_gone

# A web server as Granian is one to the supervisor, and a worker; each writes its PID behind its name.
CHILD = """
import os, sys, time
from pathlib import Path
def note(name): print(name, os.getpid(), flush=True)
def live(): Path(os.environ["SIGN_OF_LIFE"]).touch()
"""
WEB = (
    CHILD
    + """
import http.server, socket
if "slow" in sys.argv and os.path.exists(sys.argv[-1]): note("slow"); time.sleep(60)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(float(self.path[1:] or 0))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())
    do_HEAD = lambda self: self.send_error(404)
    log_message = lambda *_: None
import signal, threading
def go_on_living():
    while True: live(); time.sleep(0.1)
kind = http.server.HTTPServer if "one at a time" in sys.argv else http.server.ThreadingHTTPServer
server = kind(("127.0.0.1", 0), Handler, bind_and_activate=False)
server.socket.close()
server.socket = socket.socket(fileno=int(os.environ["LISTENING_SOCKET"]))
server.daemon_threads = False
signal.signal(signal.SIGUSR1, lambda *_: None)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
if "broken" in sys.argv and os.path.exists(sys.argv[-1]): sys.exit("can't start")
print("database", os.environ.get("MAY_LACK_DATABASE", "needed"), flush=True)
threading.Thread(target=go_on_living, daemon=True).start(); note("web")
server.serve_forever(0.05)
server.server_close()
"""
)
WORKER = (
    CHILD
    + """
note("worker")
while True:
    live(); time.sleep(0.1)
"""
)
SUPERVISED = """
import os, sys
from pathlib import Path
from devtools import processes, supervising
start = processes.start
def start_if_possible(*command, **options):
    if os.path.exists(os.environ.get("NO_PROCESS_LEFT", "")):
        raise BlockingIOError(11, "no process left")
    return start(*command, **options)
processes.start = start_if_possible
supervising.has_terminal = lambda: False
listener = supervising.listen(("127.0.0.1", 0))
print("port", listener.getsockname()[1], flush=True)
web, worker, sandbox, *more = sys.argv[1:]
sys.exit(supervising.Supervisor(
    web=[sys.executable, "-c", web, *more], worker=[sys.executable, "-c", worker],
    sandbox=[sys.executable, "-c", sandbox] if sandbox else None, address=listener.getsockname(), listener=listener,
    env=dict(os.environ), cwd=Path.cwd(), limits=supervising.Limits(stop=2, web_hangs=1.5, worker_hangs=1.5),
).run())
"""


class Supervised:
    """A running supervisor; `pids(name)` of the children so far, `said` by it."""

    def __init__(
        self, *, web: str = WEB, worker: str = WORKER, sandbox: str = "", more: list[str] | None = None
    ) -> None:
        command = [sys.executable, "-c", SUPERVISED, web, worker, sandbox, *(more or [])]
        self.run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines: list[str] = []
        self.said: list[str] = []
        keeping = ((self.run.stdout, self.lines.append), (self.run.stderr, self.said.append))
        self.threads = [threading.Thread(target=self._read, args=pair, daemon=True) for pair in keeping]
        for thread in self.threads:
            thread.start()

    def _read(self, stream: IO[str], keep: Callable[[str], None]) -> None:
        with stream:
            for line in stream:
                keep(line.strip())

    def pids(self, name: str) -> list[int]:
        return [int(line.split()[1]) for line in self.lines if line.startswith(f"{name} ")]

    def get(self, path: str = "/") -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.pids("port")[0], timeout=20)
        try:
            connection.request("GET", path)
            return int(connection.getresponse().read())
        finally:
            connection.close()

    def wait_for(self, name: str, number: int = 1) -> int:
        until(lambda: len(self.pids(name)) >= number)
        return self.pids(name)[number - 1]


def databases_of(shop: Supervised) -> list[str]:
    """Of each web server so far, whether it needs its database."""
    return [line.split()[1] for line in shop.lines if line.startswith("database ")]


def until(claim: Callable[[], object], seconds: float = 20) -> None:
    give_up_at = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < give_up_at
        time.sleep(0.02)


@pytest.fixture
def supervise() -> Iterator[Callable[..., Supervised]]:
    started: list[Supervised] = []

    def start(**scripts: object) -> Supervised:
        started.append(Supervised(**scripts))  # type: ignore[arg-type]  # passed on as they are
        return started[-1]

    yield start
    for supervised in started:
        supervised.run.terminate()
        supervised.run.wait(20)
        for thread in supervised.threads:
            thread.join(5)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_web_server_the_worker_and_the_sandbox(supervise, number):
    shop = supervise(sandbox=CHILD + "note('sandbox'); time.sleep(60)")
    pids = [shop.wait_for(name) for name in ("web", "worker", "sandbox")]
    shop.run.send_signal(number)
    assert shop.run.wait(10) == 0
    for pid in pids:
        wait_until_gone(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent was killed")
def test_children_die_with_a_killed_parent(supervise):
    shop = supervise()
    pids = [shop.wait_for(name) for name in ("web", "worker")]
    shop.run.kill()
    for pid in pids:
        wait_until_gone(pid)


def test_a_worker_that_dies_is_started_again_and_the_web_server_never_notices(supervise):
    shop = supervise()
    web = shop.wait_for("web")
    os.kill(shop.wait_for("worker"), signal.SIGKILL)
    shop.wait_for("worker", 2)
    assert shop.get() == web
    assert shop.said == ["The worker exited unexpectedly (killed by signal 9); starting it again in 1 s."]


def test_each_pause_is_twice_as_long_and_a_sandbox_is_started_again_too(supervise):
    shop = supervise(worker="raise SystemExit(3)", sandbox="raise SystemExit(4)")
    until(lambda: len(shop.said) >= 4)
    assert sorted(shop.said[:4]) == [
        "The Stripe sandbox exited unexpectedly (exit code 4); starting it again in 1 s.",
        "The Stripe sandbox exited unexpectedly (exit code 4); starting it again in 2 s.",
        "The worker exited unexpectedly (exit code 3); starting it again in 1 s.",
        "The worker exited unexpectedly (exit code 3); starting it again in 2 s.",
    ]


def is_dead(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_web_server_that_dies_is_started_again_on_the_same_socket(supervise):
    shop = supervise()
    first = shop.wait_for("web")
    os.kill(first, signal.SIGKILL)
    until(lambda: is_dead(first))  # what it had taken from the socket dies with it
    assert shop.get() == shop.wait_for("web", 2)  # asked while none ran
    assert len(shop.pids("worker")) == 1
    assert databases_of(shop) == ["needed", "true"]


def test_a_web_server_that_never_served_ends_the_whole_with_its_exit_code(supervise):
    shop = supervise(web="raise SystemExit(3)")
    assert shop.run.wait(10) == 3
    assert shop.said == []  # it has said itself why it does not start


def test_a_worker_that_hangs_is_ended_and_started_again(supervise):
    shop = supervise()
    os.kill(first := shop.wait_for("worker"), signal.SIGSTOP)
    shop.wait_for("worker", 2)
    wait_until_gone(first)
    assert shop.said == ["The worker has given no sign of life for 1.5 s and was ended; starting it again in 1 s."]


def test_a_web_server_that_answers_nobody_is_replaced(supervise):
    shop = supervise()
    os.kill(first := shop.wait_for("web"), signal.SIGSTOP)
    second = shop.wait_for("web", 2)
    wait_until_gone(first)
    assert shop.said == ["The web server has given no sign of life for 1.5 s; replacing it."]
    assert shop.get() == second
    assert databases_of(shop) == ["needed", "true"]


def test_a_web_server_whose_requests_all_wait_is_left_alone(supervise):
    """As they do while the database hangs: each is answered in the end, with a 503."""
    shop = supervise(more=["one at a time"])
    first = shop.wait_for("web")
    assert shop.get("/4") == first
    assert (shop.said, len(shop.pids("web"))) == ([], 1)


def test_a_web_server_that_hangs_is_not_ended_before_another_serves(supervise, tmp_path):
    shop = supervise(more=["broken", str(tmp_path / "broken")])
    os.kill(first := shop.wait_for("web"), signal.SIGSTOP)
    Path(tmp_path / "broken").touch()
    until(lambda: len(shop.said) == 3)
    os.kill(first, signal.SIGCONT)
    assert shop.said[2] == "The new web server did not start (see above); the old one continues."
    assert shop.get() == first


def test_a_worker_is_started_again_while_a_new_web_server_takes_its_time(supervise, tmp_path):
    shop = supervise(more=["slow", str(tmp_path / "slow")])
    worker = shop.wait_for("worker")
    Path(tmp_path / "slow").touch()
    shop.run.send_signal(signal.SIGHUP)
    shop.wait_for("slow")
    os.kill(worker, signal.SIGKILL)
    shop.wait_for("worker", 2)


def test_sighup_replaces_both_and_no_request_fails_nor_is_one_under_way_cut(supervise):
    shop = supervise()
    first = shop.wait_for("web")
    shop.wait_for("worker")
    answers: Counter[int] = Counter()
    slow = threading.Thread(target=lambda: answers.update([shop.get("/4.5")]))
    slow.start()
    time.sleep(0.2)
    shop.run.send_signal(signal.SIGHUP)
    while len(shop.pids("worker")) < 2:
        answers.update([shop.get()])  # raises what fails
    slow.join()
    assert answers.keys() == {first, shop.wait_for("web", 2)}
    assert shop.get() == shop.wait_for("web", 2)
    assert shop.said == ["The web server and the worker run with the code and the settings that are here now."]
    assert databases_of(shop) == ["needed", "needed"]


def test_after_sighup_the_old_web_server_stays_when_the_new_one_does_not_start(supervise, tmp_path):
    shop = supervise(more=["broken", str(tmp_path / "broken")])
    first = shop.wait_for("web")
    worker = shop.wait_for("worker")
    Path(tmp_path / "broken").touch()
    shop.run.send_signal(signal.SIGHUP)
    until(lambda: len(shop.said) == 2)
    assert shop.said == ["can't start", "The new web server did not start (see above); the old one continues."]
    assert (shop.get(), shop.pids("worker")) == (first, [worker])


def test_a_machine_without_a_process_to_give_is_asked_again_and_the_rest_goes_on(supervise, tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROCESS_LEFT", str(tmp_path / "none"))
    shop = supervise()
    first, worker = shop.wait_for("web"), shop.wait_for("worker")
    Path(tmp_path / "none").touch()
    os.kill(worker, signal.SIGKILL)
    shop.run.send_signal(signal.SIGHUP)
    until(lambda: len(shop.said) == 3)
    assert sorted(shop.said) == [
        "The new web server could not be started (no process left); the old one continues.",
        "The worker could not be started (no process left); starting it again in 2 s.",
        "The worker exited unexpectedly (killed by signal 9); starting it again in 1 s.",
    ]
    Path(tmp_path / "none").unlink()
    shop.wait_for("worker", 2)
    assert shop.get() == first
