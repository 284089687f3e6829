"""One line for each request: under the template of its address, with who asked, and nothing that opens an account."""

import io
import json
import logging
import logging.config
import os
import subprocess
import sys
import time

import pytest
from django.conf import settings as shop
from django.core.exceptions import ImproperlyConfigured

from accounts import api_keys
from devtools.testing import environment
from soulfra import log_lines
from soulfra.watching.gathered import Gathered
from soulfra.watching.requests import METHODS, route_of
from tokens import request_id
from tokens.staff.grants import grant

SPEND = {"action": "import_domain"}


@pytest.fixture
def lines():
    """Each access line as the shop's JSON."""
    handler = logging.StreamHandler(stream := io.StringIO())
    described = dict(log_lines.FORMATTERS["json"])
    described.pop("()")
    from pythonjsonlogger.json import JsonFormatter

    handler.setFormatter(JsonFormatter(**described))
    handler.addFilter(request_id.RequestIdFilter())
    logging.getLogger("soulfra.access").addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger("soulfra.access").removeHandler(handler)


@pytest.fixture
def key(alice, staff):
    grant(alice, tokens=5, reason="sorry", by=staff)
    return api_keys.issue(alice, name="CI")


def said(line):
    return line["method"], line["route"], line["status"], line["user_id"], line["api_key"]


@pytest.mark.parametrize("odd", [{}, {"Accept": "text/html, application/json"}], ids=["fast path", "REST framework"])
def test_a_spend_is_one_line_with_its_key_on_either_path(client, alice, key, lines, odd):
    api_key, text = key
    answer = client.post(
        "/api/tokens/spend", SPEND, "application/json", headers={"Authorization": f"Bearer {text}", **odd}
    )
    assert answer.status_code == 200
    [line] = lines()
    assert said(line) == ("POST", "/api/tokens/spend", 200, str(alice.pk), api_key.pk)
    assert (line["request_id"], line["logger"], line["level"]) == (answer["X-Request-ID"], "soulfra.access", "INFO")
    assert 0 < line["milliseconds"] < 60_000
    assert line["message"] == f"POST /api/tokens/spend 200 in {line['milliseconds']} ms, API key {api_key.pk}"


def test_a_refused_key_is_not_named(client, db, lines):
    client.get("/api/tokens/balance", headers={"Authorization": "Bearer tk_test_x"})
    assert [said(line) for line in lines()] == [("GET", "/api/tokens/balance", 401, "-", None)]


def test_a_page_is_named_with_who_is_signed_in(client, alice, lines):
    client.force_login(alice)
    client.get("/tokens/")
    assert [said(line) for line in lines()] == [("GET", "/tokens/", 200, str(alice.pk), None)]


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/api/tokens/holds/017", "/api/tokens/holds/"),
        ("/accounts/password/reset/key/3-secret-secret/", "/accounts/password/reset/key/"),
        ("/accounts/staff-invitation/secret/", "/accounts/staff-invitation/<str:token>/"),
        ("/tokens/success?session_id=secret", "/tokens/success"),
        ("/nope/secret?secret=1", "(unknown)"),
        ("/static/secret.css", "/static/*"),
    ],
)
def test_what_an_address_holds_is_not_written(client, db, lines, path, route):
    client.get(path, headers={"Authorization": "Bearer tk_secret"})
    [line] = lines()
    assert line["route"].startswith(route)
    assert "secret" not in json.dumps(line)
    assert "017" not in json.dumps(line["message"])


def test_what_is_refused_before_any_view_has_the_route_that_it_asked_for(client, db, lines):
    client.put("/api/tokens/balance", headers={"Transfer-Encoding": "chunked"})
    client.generic("SECRET", "/tokens/")
    assert [said(line)[:3] for line in lines()] == [("PUT", "/api/tokens/balance", 411), ("other", "/tokens/", 405)]


def test_probes_that_go_well_are_no_lines_and_others_are(client, db, lines):
    client.get("/healthz")
    client.get("/readyz?exclude=worker")
    client.get("/readyz")
    assert [said(line)[:3] for line in lines()] == [("GET", "/readyz", 503)]


def test_there_are_only_so_many_routes_and_methods(rf, db):
    strange = {route_of(rf.get(f"/{name}/{name}")) for name in ("a", "b", "<x>", "%0a")}
    assert strange == {"(unknown)"}
    assert len(METHODS) == 7


def test_a_line_is_one_line_whatever_is_in_it(lines):
    logging.getLogger("soulfra.access").info("two\nlines", extra={"route": "a\nb"})
    assert lines()[0]["message"] == "two\nlines"


def test_lines_of_one_moment_are_written_together_and_by_themselves():
    handler = Gathered()
    handler.setStream(stream := Written())
    for number in range(3):
        handler.handle(logging.makeLogRecord({"msg": number}))
    assert stream.writes == []
    stop_at = time.monotonic() + 10
    while not stream.writes and time.monotonic() < stop_at:
        time.sleep(0.05)
    assert stream.writes == ["0\n1\n2\n"]


class Written(io.StringIO):
    def __init__(self):
        super().__init__()
        self.writes = []

    def write(self, text):
        self.writes.append(text)
        return len(text)


def test_another_form_of_the_log_is_refused():
    with pytest.raises(ImproperlyConfigured, match="LOG_FORMAT is 'xml': set it to lines or json"):
        log_lines.configured(level="INFO", form="xml", has_access_lines=True)


@pytest.mark.parametrize(("access", "expected"), [("true", 1), ("false", 0)])
def test_the_settings_choose_json_and_whether_there_are_access_lines(access, expected):
    """In a process of its own, as the log is set up once."""
    code = (
        "import django, logging; django.setup(); logging.getLogger('soulfra.access').info('%s', 1);"
        "logging.getLogger('tokens').warning('Bad: %s', 'x', exc_info=ValueError('a\\nb'))"
    )
    changes = {"LOG_FORMAT": "json", "ACCESS_LOG": access, "DJANGO_SETTINGS_MODULE": "soulfra.settings"}
    env = {**os.environ, **environment.TESTS, **changes}
    done = subprocess.run([sys.executable, "-c", code], cwd=shop.BASE_DIR, env=env, capture_output=True, text=True)
    bad, *access = [json.loads(line) for line in done.stderr.splitlines()]  # access lines come a moment later
    assert [line["logger"] for line in access] == ["soulfra.access"] * expected
    assert (bad["logger"], bad["message"]) == ("tokens", "Bad: x")
    assert "ValueError: a\nb" in bad["exc_info"]
    assert bad["time"].endswith("+00:00")
