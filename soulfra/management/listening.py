"""The server behind `./dev run`: Django's own, which answers a crowd and never takes an unread body for a request."""

import socket
import socketserver
import time
from email import errors as defects
from typing import Any, cast

from django.core.servers import basehttp

from soulfra.bodies import LARGEST, LINGER_SECONDS

# Lines that Python's parser leaves out, and another one on the way may have read as a header.
_ODD_LINES = (defects.MissingHeaderBodySeparatorDefect, defects.FirstHeaderLineIsContinuationDefect)


class Server(socketserver.ThreadingMixIn, basehttp.WSGIServer):
    daemon_threads = True
    request_queue_size = 1024  # connections that wait to be taken up; Django's 10 resets the rest of a crowd


class ServerHandler(basehttp.ServerHandler):
    request_handler: "RequestHandler"
    headers: Any

    def cleanup_headers(self) -> None:
        super().cleanup_headers()
        if self.request_handler.close_connection:
            self.headers["Connection"] = "close"

    def close(self) -> None:
        if self.request_handler.is_body_bounded():
            super().close()  # which reads what the shop left of it
        else:
            self.request_handler.close_connection = True
            super(basehttp.ServerHandler, self).close()


class RequestHandler(basehttp.WSGIRequestHandler):
    connection: Any  # a socket

    def is_body_bounded(self) -> bool:
        """Whether it is known where the body ends, and that is soon: only after that can another request begin."""
        lengths = self.headers.get_all("Content-Length", ["0"])
        is_one_number = len({*lengths}) == 1 and lengths[0].isascii() and lengths[0].isdecimal()
        is_near = is_one_number and len(lengths[0]) < 19 and int(lengths[0]) <= LARGEST
        return is_near and "Transfer-Encoding" not in self.headers

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        is_odd = any(isinstance(defect, _ODD_LINES) for defect in self.headers.defects)
        if is_odd or any(name != name.strip() for name in self.headers):  # where this request ends is not sure
            self.close_connection = True
            self.send_error(400, "Malformed headers")
            return False
        if not self.is_body_bounded():
            self.close_connection = True
        return True

    def handle_expect_100(self) -> bool:
        return super().handle_expect_100() if self.is_body_bounded() else True  # what is refused need not be sent

    def get_environ(self) -> dict[str, Any]:
        environ = super().get_environ()
        if lengths := self.headers.get_all("Content-Length"):
            environ["CONTENT_LENGTH"] = ", ".join(dict.fromkeys(lengths)) or "none"
        return environ

    def handle_one_request(self) -> None:
        """As Django's, with the handler above, and the answer to a refused body outlives what is still being sent."""
        self.raw_requestline = self.rfile.readline(65537)
        if len(self.raw_requestline) > 65536:
            self.requestline = self.request_version = self.command = ""
            self.send_error(414)
        elif self.parse_request():
            handler = ServerHandler(self.rfile, self.wfile, self.get_stderr(), self.get_environ())
            handler.request_handler = self
            handler.run(cast(Any, self.server).get_app())
            if not self.is_body_bounded():
                self._linger()

    def _linger(self) -> None:
        """A connection that is closed with bytes unread is reset, and the answer is lost with it."""
        self.connection.settimeout(1)
        ends = time.monotonic() + LINGER_SECONDS
        try:
            self.connection.shutdown(socket.SHUT_WR)
            while time.monotonic() < ends and self.rfile.read1(64 * 1024):
                pass
        except OSError:
            pass
