"""A small web server for the sandbox: threads, HTTP/1.1 with kept connections, whole bodies, no waiting for Nagle."""

import io
import logging
import socket
import socketserver
import sys
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, cast
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from stripe_sandbox.errors import LostAnswer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)

_IDLE_SECONDS = 120
_LONGEST_BODY = 4 * 1024 * 1024


class BrokenRequest(Exception):
    """The body did not come whole; the message says how."""


class Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, application: "WSGIApplication", *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._open: set[socket.socket] = set()
        self._changing = threading.Lock()
        super().__init__((host, port), _Handler)
        self.set_app(application)

    @property
    def address(self) -> str:
        host, port = self.server_address[:2]
        name = "127.0.0.1" if host in ("0.0.0.0", "::") else str(host)  # noqa: S104  compared, not bound
        return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"

    def server_bind(self) -> None:
        """Without the look-up of this machine's name, which may take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changing:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._changing:
            self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Kept connections end too: their callers would wait for an answer that never comes."""
        super().server_close()
        with self._changing:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # it has ended by itself

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # a caller that is gone needs no report
            log.exception("The Stripe sandbox's server failed at a request.")


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "stripe-sandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together
    timeout = _IDLE_SECONDS

    def handle(self) -> None:
        """Request after request, unlike the standard library's WSGI handler."""
        BaseHTTPRequestHandler.handle(self)

    def _serve(self) -> None:
        try:
            body = self._body()
        except BrokenRequest as broken:
            self.close_connection = True
            message = b'{"error": {"message": "%s", "type": "invalid_request_error"}}' % str(broken).encode()
            self._send("400 Bad Request", [("Content-Type", "application/json")], [message])
            return
        said: list[tuple[str, list[tuple[str, str]]]] = []
        application = cast("WSGIApplication", cast(Server, self.server).get_app())

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            said.append((status, headers))

        try:
            chunks = application(self._environ(body), start_response)
        except LostAnswer:
            self.close_connection = True
            return
        try:
            content = list(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        self._send(*said[-1], content)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815  their names are given

    def _send(self, status: str, headers: list[tuple[str, str]], content: Iterable[bytes]) -> None:
        body = b"".join(content)
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            if name.lower() not in ("content-length", "date", "server"):
                self.send_header(name, value)
        # What HEAD would have had as its body, the application says; everything else is counted.
        told = dict(headers).get("Content-Length") if self.command == "HEAD" else None
        self.send_header("Content-Length", told or str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunked_body()
        text = self.headers.get("Content-Length", "0")
        if not (text.isascii() and text.isdigit() and int(text) <= _LONGEST_BODY):
            raise BrokenRequest("Invalid request (its Content-Length is no length, or too much).")
        body = self.rfile.read(int(text))
        if len(body) < int(text):
            raise BrokenRequest("Invalid request (its body is shorter than its Content-Length).")
        return body

    def _chunked_body(self) -> bytes:
        body = bytearray()
        while True:
            size = self.rfile.readline(1024).split(b";")[0].strip()
            try:
                length = int(size, 16)
            except ValueError:
                length = -1
            if not 0 <= length <= _LONGEST_BODY - len(body):
                raise BrokenRequest("Invalid request (a chunk of its body has no length, or too much).")
            chunk = self.rfile.read(length)
            if length == 0:
                while self.rfile.readline(65537).strip():
                    pass  # trailers
                return bytes(body)
            if len(chunk) < length or self.rfile.readline(3) != b"\r\n":
                raise BrokenRequest("Invalid request (its body broke off).")
            body += chunk

    def _environ(self, body: bytes) -> dict[str, Any]:
        environ = self.get_environ()
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        return environ | {
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }

    def log_message(self, format: str, *args: Any) -> None:
        log.debug(format, *args)
