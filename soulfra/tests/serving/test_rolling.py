"""A rolling restart under steady load: no request fails, on connections that are kept and on new ones."""

import http.client
import re
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import psutil
import pytest

from devtools.testing import migrated
from devtools.testing.servers import free_port
from soulfra.testing.serving import served

SENDERS = 3  # of each kind


@dataclass
class Load:
    """Requests without a pause until `is_over`, half of the senders on kept connections; how each was answered."""

    port: int
    paths: list[str]
    is_over: threading.Event = field(default_factory=threading.Event)
    answers: Counter[str] = field(default_factory=Counter)

    def __enter__(self):
        self.threads = [threading.Thread(target=self._send, args=[number % 2]) for number in range(2 * SENDERS)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *exception):
        self.is_over.set()
        for thread in self.threads:
            thread.join()

    def _send(self, is_kept):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while not self.is_over.is_set():
            for path in self.paths:
                self.answers[self._ask(connection, path)] += 1
            if not is_kept:
                connection.close()
        connection.close()

    def _ask(self, connection, path):
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            length = len(answer.read())
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return repr(error)
        is_whole = length == int(answer.headers.get("Content-Length", length))
        return f"{answer.status}" if is_whole else "cut"


def web_server(run):
    """The PID of the newest web server of a running `./dev serve`."""
    children = psutil.Process(run.pid).children()
    return [child.pid for child in children if "serve_shop" in child.cmdline()][-1]


@pytest.mark.postgres
def test_no_request_fails_while_new_servers_take_over_from_old_ones():
    port = free_port()
    with migrated.postgresql() as database_url, served(port, database_url, API_BURST="1000000") as run:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/tokens/")
        page = connection.getresponse().read().decode()
        connection.close()
        static = re.search(r'href="(/static/[^"]+\.[0-9a-f]{12}\.css)"', page)
        assert static
        first = web_server(run)
        with Load(port, ["/api/tokens/packages", "/tokens/", static[1]]) as load:
            time.sleep(1)
            run.send_signal(signal.SIGHUP)
            give_up_at = time.monotonic() + 60
            while psutil.pid_exists(first) and time.monotonic() < give_up_at:
                time.sleep(0.1)
            time.sleep(1)
        assert not psutil.pid_exists(first)
        assert load.answers.keys() == {"200"}
        assert load.answers["200"] > 100
