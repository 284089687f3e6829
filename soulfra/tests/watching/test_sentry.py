"""What is reported of an error: all that helps to find it in the code, and nothing of whom it happened to."""

import gzip
import json
import logging
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg
import pytest
import sentry_sdk
import stripe
from django.conf import settings as shop
from django.db import OperationalError

from accounts import api_keys
from devtools.testing import environment
from soulfra.api import fast_path
from soulfra.watching import sentry
from tokens.webhooks import inbox

EMAIL, CUSTOMER, SECRET = "maria@example.net", "cus_QxMaria0001", "rosebud-of-metadata"
ADDRESS, COOKIE = "203.0.113.77", "session-of-maria"


@pytest.fixture
def reports():
    """A server where reports arrive, each as its envelope's text; the SDK reports there meanwhile."""
    arrived: list[str] = []

    class Recorder(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            arrived.append(
                gzip.decompress(body).decode() if self.headers["Content-Encoding"] == "gzip" else body.decode()
            )
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sentry.begin(f"http://key@127.0.0.1:{server.server_port}/1")

    def of_now():
        sentry_sdk.flush(10)
        return arrived

    yield of_now
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)  # another `init` would switch on whatever it knows
    server.shutdown()
    server.server_close()


def event_in(envelope):
    """The event among an envelope's lines, which are JSON each."""
    return next(
        event for event in map(json.loads, envelope.splitlines()) if "exception" in event or "logentry" in event
    )


@pytest.mark.parametrize("odd", [{}, {"Accept": "text/html, application/json"}], ids=["fast path", "REST framework"])
def test_a_spend_that_fails_is_reported_without_a_word_of_its_customer(client, alice, reports, monkeypatch, odd):
    def broken(user_id, action, **given):
        metadata, email = given["metadata"], EMAIL
        try:
            raise ValueError(f"No such customer: {CUSTOMER} ({email})")
        except ValueError as error:
            raise RuntimeError(f"Key (email)=({email}) already exists, metadata {metadata}") from error

    monkeypatch.setattr(fast_path, "spend_once", broken)
    monkeypatch.setattr("tokens.api.usage.spend_once", broken)
    client.raise_request_exception = False
    client.cookies["sessionid"] = COOKIE
    text = api_keys.issue(alice, name="CI")[1]
    headers = {"Authorization": f"Bearer {text}", "X-Forwarded-For": ADDRESS, **odd}
    body = {"action": "import_domain", "metadata": {"note": SECRET, "customer": CUSTOMER}}
    answer = client.post("/api/tokens/spend", body, "application/json", headers=headers, REMOTE_ADDR=ADDRESS)
    assert answer.status_code == 500
    [envelope] = reports()
    for personal in (EMAIL, CUSTOMER, SECRET, text, text[:12], ADDRESS, COOKIE, "Bearer", alice.email):
        assert personal not in envelope.replace(str(shop.BASE_DIR), "")
    event = event_in(envelope)
    assert [each["type"] for each in event["exception"]["values"]] == ["ValueError", "RuntimeError"]
    frames = event["exception"]["values"][1]["stacktrace"]["frames"]
    assert (frames[-1]["function"], "raise RuntimeError(" in frames[-1]["context_line"]) == ("broken", True)
    assert not any("vars" in frame for frame in frames)
    assert event["transaction"] == "POST /api/tokens/spend"
    assert event["tags"] == {"request_id": answer["X-Request-ID"]}
    assert set(event) <= {*sentry.ABOUT_THE_SHOP, "exception", "logentry", "tags", "transaction"}


def test_a_page_that_fails_is_reported_without_its_address_and_cookies(client, alice, reports, monkeypatch):
    monkeypatch.setattr("tokens.pages.home.render", lambda *args: vars()[EMAIL])
    client.raise_request_exception = False
    client.force_login(alice)
    client.get(f"/tokens/?email={EMAIL}&customer={CUSTOMER}")
    [envelope, *_] = reports()
    for personal in (EMAIL, CUSTOMER, client.cookies["sessionid"].value):
        assert personal not in envelope
    assert event_in(envelope)["transaction"] == "GET /tokens/"


def test_an_event_that_fails_is_reported_without_what_stripe_sent(client, db, reports, monkeypatch):
    def broken(event):
        raise KeyError(json.dumps(event))

    monkeypatch.setitem(inbox._handlers, "refund.failed", [(broken, None)])
    about = {"id": "re_1", "object": "refund", "customer": CUSTOMER, "receipt_email": EMAIL, "metadata": {"n": SECRET}}
    event = {"id": "evt_1", "object": "event", "type": "refund.failed", "livemode": False, "data": {"object": about}}
    body, now = json.dumps({**event, "api_version": stripe.api_version}), int(time.time())
    signed = stripe.WebhookSignature._compute_signature(f"{now}.{body}", shop.STRIPE_WEBHOOK_SECRET)
    headers = {"Stripe-Signature": f"t={now},v1={signed}"}
    answer = client.post("/api/tokens/webhook", body, content_type="application/json", headers=headers)
    assert answer.status_code == 500
    [envelope, *_] = reports()
    for personal in (EMAIL, CUSTOMER, SECRET, headers["Stripe-Signature"]):
        assert personal not in envelope
    assert event_in(envelope)["exception"]["values"][0]["type"] == "KeyError"


@pytest.mark.parametrize(
    ("logger", "told"),
    [
        ("tokens.emails.outbox", "Email %s could not be sent to %s"),
        ("httpx2", "httpx2, in "),
        ("asyncio", "asyncio, in "),
    ],
)
def test_a_line_of_the_log_is_told_by_its_template_and_what_others_wrote_by_its_place(reports, logger, told):
    if logger.startswith("tokens"):
        logging.getLogger(logger).error("Email %s could not be sent to %s", 7, EMAIL)
    else:
        logging.getLogger(logger).error(f"Lost the connection of {EMAIL}")  # noqa: G004  as libraries do
    [envelope] = reports()
    assert EMAIL not in envelope
    assert event_in(envelope)["logentry"]["message"].startswith(told)


def test_what_troubles_the_database_is_told_by_the_template_alone(reports):
    error = OperationalError(f"connection of {EMAIL} failed")
    error.__cause__ = psycopg.OperationalError(f"no route to {ADDRESS}")
    logging.getLogger("tokens").error("Not finished: %s", SECRET, exc_info=error)
    [envelope] = reports()
    assert not any(personal in envelope for personal in (EMAIL, ADDRESS, SECRET))
    assert event_in(envelope)["logentry"]["message"] == "Not finished: %s"


def test_warnings_are_not_reported(reports):
    logging.getLogger("tokens").warning("Not found: %s", EMAIL)
    assert reports() == []


@pytest.mark.parametrize(
    ("dsn", "hidden", "refusal"),
    [
        ("nonsense", "", "SENTRY_DSN isn't a DSN: copy it from the project's settings in Sentry."),
        ("https://k@sentry.example.com/1", "sentry_sdk", "SENTRY_DSN is set, but sentry-sdk isn't installed: "),
    ],
)
def test_a_shop_that_could_report_nothing_does_not_start(dsn, hidden, refusal):
    code = f"import sys; sys.modules[{hidden!r}] = None; import django; django.setup()"
    env = {**os.environ, **environment.TESTS, "SENTRY_DSN": dsn, "DJANGO_SETTINGS_MODULE": "soulfra.settings"}
    done = subprocess.run([sys.executable, "-c", code], cwd=shop.BASE_DIR, env=env, capture_output=True, text=True)
    assert done.returncode == 1
    assert refusal in done.stderr
