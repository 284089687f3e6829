"""Customers who spend without a pause, and keep a ledger of what the shop has acknowledged.

A program repeats what was not answered, with the same Idempotency-Key, as the docs tell it; so at the end each key was
acknowledged, and the shop must have each of them once. A request that got anything but a 200 counts as failed.
"""

from __future__ import annotations

import http.client
import itertools
import json
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from devtools.trials.machine import HOST, expect

JSON = {"Content-Type": "application/json"}
SECONDS_TO_ANSWER = 90  # longer than the proxy waits
SECONDS_TO_GIVE_UP = 120


@dataclass(frozen=True)
class Address:
    """Where the shop is asked: a port on loopback, by TLS where `certificate` is the authority that it must be of."""

    port: int
    certificate: Path | None = None
    source: str = "127.0.0.1"  # the client's own address


class Connection(http.client.HTTPConnection):
    """To the proxy on this machine, as if its name led here."""

    def __init__(self, address: Address) -> None:
        super().__init__("127.0.0.1", address.port, timeout=SECONDS_TO_ANSWER)
        self.source = address.source
        self.context = ssl.create_default_context(cafile=address.certificate) if address.certificate else None

    def connect(self) -> None:
        plain = socket.create_connection((self.host, self.port), SECONDS_TO_ANSWER, (self.source, 0))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as http.client's own does
        self.sock = self.context.wrap_socket(plain, server_hostname=HOST) if self.context else plain


def ask(
    address: Address, verb: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """One request on a connection of its own: status, headers and body. Raises OSError or HTTPException."""
    connection = Connection(address)
    try:
        connection.request(verb, path, body, {"Host": HOST, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


@dataclass(frozen=True)
class Attempt:
    """When it was answered, on the clock of time.monotonic, after how many seconds; status 0 without any answer."""

    at: float
    seconds: float
    status: int
    said: str = ""  # where it wasn't an acknowledgement


@dataclass
class Load:
    """Spenders, one thread for each key in `keys` (user ID to API key), `pause` seconds between two spends of one."""

    address: Address
    keys: dict[int, str]
    pause: float = 0.05
    attempts: list[Attempt] = field(default_factory=list)
    acknowledged: dict[int, set[str]] = field(default_factory=dict)
    unsettled: list[str] = field(default_factory=list)

    def __enter__(self) -> Load:
        self.began = time.monotonic()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._spend, args=pair, daemon=True) for pair in self.keys.items()]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(SECONDS_TO_GIVE_UP + 30)

    def failed(self) -> list[Attempt]:
        return [attempt for attempt in self.attempts if attempt.status != 200]

    def tell(self, what: str) -> None:
        """Say what happens, and when: so long after the first request."""
        print(f"{time.monotonic() - self.began:5.1f} s  {what} …", flush=True)

    def expect_no_failure(self) -> None:
        failed = [f"at {each.at - self.began:.1f} s {each.status} {each.said}" for each in self.failed()]
        expect(not failed, f"{len(failed)} requests failed: {'; '.join(failed[:3])}")

    def outage(self) -> float:
        """The longest time in which nobody got an acknowledgement, in seconds."""
        answered = sorted(attempt.at for attempt in self.attempts if attempt.status == 200)
        return max((after - before for before, after in itertools.pairwise(answered)), default=0.0)

    def figures(self) -> dict[str, str]:
        waits = sorted(attempt.seconds for attempt in self.attempts if attempt.status == 200)
        expect(waits, "not one spend was acknowledged.")
        lasted = max(attempt.at for attempt in self.attempts) - min(attempt.at for attempt in self.attempts)
        statuses = sorted({attempt.status for attempt in self.failed()})
        return {
            "spends acknowledged": f"{len(waits):,} in {lasted:.0f} s, by {len(self.keys)} customers at a time",
            "requests that failed": f"{len(self.failed())}" + (f" (status {statuses})" if statuses else ""),
            "wait for an answer": f"median {waits[len(waits) // 2] * 1000:.0f} ms, longest {waits[-1]:.1f} s",
            "longest time without any answer": f"{self.outage():.1f} s",
        }

    def _spend(self, user_id: int, key: str) -> None:
        settled = self.acknowledged.setdefault(user_id, set())
        for number in itertools.count():
            if self._stop.is_set():
                return
            name = f"trial-{user_id}-{number}"
            (settled.add if self._until_acknowledged(name, key) else self.unsettled.append)(name)
            self._stop.wait(self.pause)

    def _until_acknowledged(self, name: str, key: str) -> bool:
        body = json.dumps({"action": "import_domain", "metadata": {"trial": name}}).encode()
        began = time.monotonic()
        while time.monotonic() - began < SECONDS_TO_GIVE_UP:
            status = self._once(body, {"Authorization": f"Bearer {key}", "Idempotency-Key": name})
            if status == 200:
                return True
            time.sleep(0.2)
        return False

    def _once(self, body: bytes, headers: dict[str, str]) -> int:
        asked, said = time.monotonic(), b""
        try:
            status, _, said = ask(self.address, "POST", "/api/tokens/spend", headers | JSON, body)
        except (OSError, http.client.HTTPException) as error:
            status, said = 0, repr(error).encode()
        answered, what = time.monotonic(), "" if status == 200 else said.decode(errors="replace")[:300]
        self.attempts.append(Attempt(answered, answered - asked, status, what))
        return status


def audit(database: str, load: Load) -> dict[str, str]:
    """Hold the load's ledger against the shop's. Raises TrialFailed if one is missing, twice, or never asked for."""
    found: dict[int, list[str]] = {}
    with psycopg.connect(database) as connection:
        rows: list[Any] = connection.execute(
            "SELECT user_id, metadata->>'trial' FROM token_usage WHERE metadata ? 'trial' AND user_id = ANY(%s)",
            [[*load.keys]],
        ).fetchall()
    for user_id, name in rows:
        found.setdefault(user_id, []).append(name)
    lost = sum(len(names - set(found.get(user_id, []))) for user_id, names in load.acknowledged.items())
    twice = sum(len(names) - len(set(names)) for names in found.values())
    known = {*load.unsettled, *(name for names in load.acknowledged.values() for name in names)}
    strange = sum(name not in known for names in found.values() for name in names)
    expect(not lost and not twice and not strange, f"{lost} spends were lost, {twice} doubled, {strange} made up.")
    expect(not load.unsettled, f"{len(load.unsettled)} spends were never acknowledged.")
    return {"acknowledged spends lost, doubled": f"{lost}, {twice} of {len(rows):,}"}
