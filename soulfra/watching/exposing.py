"""The worker's own address for figures: for machines on which no web server can be asked for them."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.conf import settings
from django.db import connections

from soulfra.watching import metrics
from tokens.jobs import when_started

log = logging.getLogger(__name__)


class Quiet(WSGIRequestHandler):
    timeout = 10  # seconds for a request to arrive

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: whoever scrapes comes every few seconds."""


class Server6(WSGIServer):
    address_family = socket.AF_INET6


def host_and_port(address: str) -> tuple[str, int]:
    """Of `host:port`, or `[::1]:port`. Raises ValueError."""
    parts = urlsplit(f"//{address}")
    if not parts.hostname or not parts.port or parts.netloc != address:
        raise ValueError(address)
    return parts.hostname, parts.port


@when_started
def expose() -> None:
    """Answer every request at METRICS_ADDRESS with the figures, from a thread. The worker works without, too."""
    if not settings.METRICS_ADDRESS:
        return
    host, port = host_and_port(settings.METRICS_ADDRESS)
    try:
        server = make_server(host, port, answer, Server6 if ":" in host else WSGIServer, Quiet)
    except OSError as error:
        log.error("Nobody can ask for figures at METRICS_ADDRESS (%s): %s", settings.METRICS_ADDRESS, error.strerror)
        return
    threading.Thread(target=server.serve_forever, name="figures", daemon=True).start()


def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A WSGI application that knows one answer."""
    try:
        content = metrics.exposition()
    finally:
        connections.close_all()
    start_response("200 OK", [("Content-Type", metrics.CONTENT_TYPE), ("Content-Length", str(len(content)))])
    return [content]
