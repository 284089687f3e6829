"""The server behind `./dev run`: Django's own, which answers a crowd, refuses in words what it cannot read, and never
takes an unread body for a request.
"""

import math
import socket
import socketserver
import uuid
from email import errors as defects
from typing import Any, cast

from django.core.servers import basehttp

from soulfra.serving import fallbacks, unread
from soulfra.serving.bodies import length_problem
from tokens import request_id
from tokens.web.refusals import Problem

# Lines that Python's parser leaves out, and another one on the way may have read as a header.
_ODD_LINES = (defects.MissingHeaderBodySeparatorDefect, defects.FirstHeaderLineIsContinuationDefect)
LONGEST_LINE = 65536  # of what Python's parser reads, and of an address too
_ODD_HEADERS = Problem(
    400,
    "Bad Request",
    "A line of the headers can't be read: send each as a name, a colon right behind it, and a value.",
)
_PROBLEMS = {
    problem.status: problem
    for problem in (
        Problem(400, "Bad Request", "The request can't be read: begin it like “GET /tokens/ HTTP/1.1”."),
        Problem(414, "Address too long", f"An address may have at most {LONGEST_LINE:,} bytes: send a shorter one."),
        Problem(431, "Headers too large", f"At most 100 headers of {LONGEST_LINE:,} bytes are read: send less."),
        Problem(505, "HTTP version not supported", "The version of HTTP isn't spoken here: send HTTP/1.1."),
    )
}


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
        super(basehttp.ServerHandler, self).close()  # Django's reads on, for as long as that takes

    def left(self) -> int:
        """How much of the body the shop has not read."""
        body = cast(Any, self.get_stdin())
        return int(body.limit - body._pos)


class RequestHandler(basehttp.WSGIRequestHandler):
    connection: Any  # a socket

    def _length(self) -> str:
        lengths = self.headers.get_all("Content-Length", ["0"])
        return ", ".join(dict.fromkeys(lengths)) or "none"

    def is_body_bounded(self) -> bool:
        """Whether it is known where the body ends, and that is soon: only after that can another request begin."""
        return length_problem(self._length(), is_chunked="Transfer-Encoding" in self.headers) is None

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        is_odd = any(isinstance(defect, _ODD_LINES) for defect in self.headers.defects)
        if is_odd or any(name != name.strip() for name in self.headers):  # where this request ends is not sure
            self._refuse(_ODD_HEADERS)
            return False
        if not self.is_body_bounded():
            self.close_connection = True
        return True

    def handle_expect_100(self) -> bool:
        return super().handle_expect_100() if self.is_body_bounded() else True  # what is refused need not be sent

    def get_environ(self) -> dict[str, Any]:
        environ = super().get_environ()
        if "Content-Length" in self.headers:
            environ["CONTENT_LENGTH"] = self._length()
        return environ | {unread.BY_SERVER: True}

    def handle_one_request(self) -> None:
        """As Django's, with the handler above, and an answer outlives what is still being sent."""
        self.raw_requestline = self.rfile.readline(LONGEST_LINE + 1)
        left: float = math.inf
        if len(self.raw_requestline) > LONGEST_LINE:
            self.requestline = ""
            self.send_error(414)
        elif self.parse_request():
            handler = ServerHandler(self.rfile, self.wfile, self.get_stderr(), self.get_environ())
            handler.request_handler = self
            handler.run(cast(Any, self.server).get_app())
            left = handler.left() if self.is_body_bounded() else left
        if left:
            self._read_on(left)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        self._refuse(_PROBLEMS.get(code, _PROBLEMS[400]))

    def _refuse(self, problem: Problem) -> None:
        """In the shop's own words, with an id: what cannot be read as a request never comes to the shop."""
        self.close_connection = True
        self.request_version = (
            self.protocol_version
        )  # Python takes an odd line for HTTP/0.9, whose answers have no head
        verb, path, *_ = [*self.raw_requestline.decode("latin-1").split(), "", ""]
        answer = fallbacks.refusal_at(path, problem)
        answer["X-Request-ID"] = name = uuid.uuid4().hex
        answer["Content-Length"], answer["Connection"] = str(len(answer.content)), "close"
        request_id.begin(name)
        self.send_response(answer.status_code)
        for header in answer.items():
            self.send_header(*header)
        self.end_headers()
        if verb != "HEAD":
            self.wfile.write(answer.content)

    def _read_on(self, left: float) -> None:
        try:
            if self.close_connection:
                self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(1)
            is_whole = unread.read_on(self.rfile.read1, left)
            self.connection.settimeout(self.timeout)
        except OSError:
            is_whole = False
        self.close_connection |= not is_whole
