"""A relay before the sandbox that loses answers: nobody hears of what was asked, done or not."""

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

POLL_SECONDS = 0.05


@contextlib.contextmanager
def losing_answers(upstream, *, to, lost_from="its answer", is_silent=False):
    """Its address. All is well until the first request that `to(method, path, body)` fits.

    From then on every answer is lost: that one's own ("its answer"), those after it ("the next answer"), or nothing
    even reaches Stripe from that one on ("the request"). The line goes dead, or, with `is_silent`, stays open.
    """

    class Relay(BaseHTTPRequestHandler):
        def relay(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            was_lost = lost.is_set()
            if to(self.command, self.path, body.decode()):
                lost.set()
            if lost.is_set() and lost_from == "the request":
                return self.say_nothing()
            reply = requests.request(self.command, upstream + self.path, data=body, headers=headers, timeout=20)
            if was_lost or (lost.is_set() and lost_from == "its answer"):
                return self.say_nothing()
            self.send_response(reply.status_code)
            self.send_header("Content-Length", str(len(reply.content)))
            self.end_headers()
            return self.wfile.write(reply.content)

        def say_nothing(self):
            self.close_connection = True
            if is_silent:
                over.wait(20)
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

        do_GET = do_POST = do_DELETE = relay  # noqa: N815  the server's own names

        def log_message(self, *args):
            pass

    lost, over = threading.Event(), threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=[POLL_SECONDS], daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        over.set()
        server.shutdown()
        server.server_close()
