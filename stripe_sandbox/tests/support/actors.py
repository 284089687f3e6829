"""Who acts in these tests, and what they order."""

import re
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import requests

CARD = {
    "action": "card",
    "email": "bo@example.com",
    "number": "4242 4242 4242 4242",
    "expiry": "12 / 40",
    "cvc": "123",
    "name": "Bo Buyer",
}


def order(amount: int = 4000, **changes: Any) -> dict[str, Any]:
    """The parameters of a Checkout Session over one Pro Pack; a change to None leaves a parameter out."""
    params = {
        "mode": "payment",
        "success_url": "http://127.0.0.1:9/thanks?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:9/no",
        "line_items": [line(amount)],
        "metadata": {"purchase": "7"},
        "payment_intent_data": {"metadata": {"purchase": "7"}},
        **changes,
    }
    return {name: value for name, value in params.items() if value is not None}


def line(amount: int = 4000, *, name: str = "Pro Pack", quantity: Any = 1, currency: str = "usd") -> dict[str, Any]:
    product = {"name": name}
    return {
        "quantity": quantity,
        "price_data": {"currency": currency, "unit_amount": amount, "product_data": product},
    }


class Buyer:
    """Opens pages and sends their forms, with cookies and CSRF tokens, without following redirects."""

    def __init__(self) -> None:
        self.cookies = requests.Session()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cookies.close()

    def look(self, url: str) -> requests.Response:
        return self.cookies.get(url, allow_redirects=False, timeout=20)

    def send(self, url: str, **fields: str) -> requests.Response:
        """Open the page and send its form."""
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', self.look(url).text))
        return self.cookies.post(url, data={**hidden, **fields}, allow_redirects=False, timeout=20)

    def pay(self, session: Any, **changes: str) -> requests.Response:
        return self.send(session.url, **{**CARD, **changes})


class Webhook:
    """An endpoint that keeps what it is sent and answers `statuses` in turn, then 200."""

    def __init__(self) -> None:
        self.deliveries: list[tuple[bytes, str]] = []
        self.statuses: list[int] = []
        self.body = b""
        self.pause_seconds = 0.0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                webhook.deliveries.append((body, self.headers["Stripe-Signature"]))
                time.sleep(webhook.pause_seconds)
                status = webhook.statuses.pop(0) if webhook.statuses else 200
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", webhook.url)
                self.send_header("Content-Length", str(len(webhook.body)))
                self.end_headers()
                self.wfile.write(webhook.body)

            def do_GET(self) -> None:
                """Where its redirects lead; whoever follows one takes it for a success."""
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler


def at_once(count: int, act: Callable[[], Any]) -> list[Any]:
    """Do the same in `count` threads that start together; gives the results, exceptions among them."""
    barrier, results = threading.Barrier(count), []

    def run() -> None:
        barrier.wait()
        try:
            results.append(act())
        except Exception as error:  # the test decides which are expected
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def soon(condition: Callable[[], Any], *, seconds: float = 5) -> Any:
    """Wait for something that another thread does."""
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError("It did not happen in time.")
