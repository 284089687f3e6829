"""Requests to the byte, and everything that comes back: for tests of what a client library would never send."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from typing import Any

from devtools.testing.servers import Customer, RunningShop


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def detail(self) -> str:
        """The one sentence, as a program or a person reads it; both kinds of answer carry the request's id."""
        assert self.headers["x-request-id"]
        if self.headers["content-type"] == "application/problem+json":
            assert self.json()["status"] == self.status
            return str(self.json()["detail"])
        assert self.headers["content-type"] == "text/html; charset=utf-8"
        return self.body.decode().split('<p class="muted">')[1].split("</p>")[0].strip()


@dataclass(frozen=True)
class Caller:
    shop: RunningShop
    customer: Customer

    def request(self, method: str, path: str, headers: dict[str, Any], body: bytes = b"", **last: str) -> bytes:
        """The bytes of it. A header that is None is left out."""
        said = {"Host": "127.0.0.1", "Content-Length": len(body), "Authorization": f"Bearer {self.customer.key}"}
        lines = [f"{name}: {value}" for name, value in {**said, **headers, **last}.items() if value is not None]
        return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode() + body

    def post(self, path: str, headers: dict[str, Any], body: bytes = b"") -> Answer:
        return self.exchange(self.request("POST", path, headers, body, Connection="close"))[0]

    def get(self, path: str, headers: dict[str, Any] | None = None) -> Answer:
        return self.exchange(self.request("GET", path, headers or {}, Connection="close"))[0]

    def exchange(self, sent: bytes, *, then_ends: bool = False) -> list[Answer]:
        """Everything that comes back on one connection until the server closes it."""
        with socket.create_connection(("127.0.0.1", self.shop.port), timeout=60) as connection:
            connection.sendall(sent)
            if then_ends:
                connection.shutdown(socket.SHUT_WR)
            with connection.makefile("rb") as file:
                return answers_in(file)

    def spent(self) -> int:
        return 1000 - int(self.get("/api/tokens/balance").json()["balance"])


def answers_in(file: Any) -> list[Answer]:
    found = []
    while line := file.readline():
        headers = {}
        while (header := file.readline().decode().strip()) != "":
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        body = file.read(int(headers["content-length"])) if "content-length" in headers else file.read()
        found.append(Answer(int(line.split()[1]), headers, body))
    return found


def as_browser(caller: Caller) -> dict[str, Any]:
    return {"Authorization": None, "Cookie": f"sessionid={caller.customer.session}"}
