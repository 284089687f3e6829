"""`./dev serve`: refuses what is not set up in one sentence, and really serves pages and static files with Granian."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import psycopg
import pytest
from django.conf import settings

from devtools.testing.postgres import running_postgres
from devtools.testing.processes import wait_until_gone
from devtools.testing.servers import free_port
from soulfra.serving import web
from soulfra.testing.serving import SERVED, served

ROOT = Path(settings.BASE_DIR)


def serve_shop(**changes: str) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, **SERVED, **changes}
    return subprocess.run(
        [sys.executable, "manage.py", "serve_shop"], cwd=ROOT, env=env, capture_output=True, text=True
    )


def get(address: str) -> tuple[int, str]:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.status, answer.read().decode()


def connections_opened(database_url: str) -> int:
    """How many connections to the shop's database were ever opened."""
    time.sleep(1.2)  # so long may a server keep its counts to itself
    host = database_url.partition("?host=")[2]
    with psycopg.connect(f"user=postgres dbname=postgres host={host}") as connection:
        row = connection.execute("SELECT sessions FROM pg_stat_database WHERE datname = 'soulfra'").fetchone()
    assert row
    return int(row[0])


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set: `./dev manage new_env --production` "),
        ({"DEBUG": "true"}, "CommandError: DEBUG is on, which shows visitors the source code: use `./dev run`, or "),
        ({"ALLOWED_HOSTS": ""}, "CommandError: ALLOWED_HOSTS is not set: name the hosts "),
        ({"STRIPE_SECRET_KEY": ""}, "STRIPE_ENABLED is true, but STRIPE_SECRET_KEY is not set. "),
        ({"STRIPE_SECRET_KEY": "sk_live_…"}, "STRIPE_SECRET_KEY holds “…”, which no key does. Copy each key in full "),
        ({"STRIPE_WEBHOOK_SECRET": "whsec_xxx"}, "STRIPE_WEBHOOK_SECRET is the placeholder of a guide. Copy each key "),
        (
            {"STRIPE_WEBHOOK_SECRET": "whsec_0123456789abcdefghij,"},
            "STRIPE_WEBHOOK_SECRET must hold one secret, or two with a comma ",
        ),
        ({"STRIPE_DEADLINE_SECONDS": "soon"}, "STRIPE_DEADLINE_SECONDS is 'soon': set a number of seconds above zero."),
        ({"STRIPE_PROMOTION_CODES": "yes please"}, "STRIPE_PROMOTION_CODES must be true or false; "),
        ({"SITE_URL": ""}, "SITE_URL isn't set to a web address, "),
        ({"DATABASE_URL": "postgres://nobody@127.0.0.1:9/none"}, "CommandError: The database can't be used: "),
    ],
)
def test_what_is_not_set_up_is_refused_in_a_sentence(changes: dict[str, str], refusal: str) -> None:
    result = serve_shop(**changes)
    assert result.returncode == 1
    assert refusal in result.stderr
    assert "Traceback" not in result.stderr


def test_a_web_server_in_place_of_one_that_died_starts_without_its_database_and_says_so() -> None:
    away = {"DATABASE_URL": "postgres://nobody@127.0.0.1:9/none", "MAY_LACK_DATABASE": "true"}
    env = {**os.environ, **SERVED, **away, "PORT": str(port := free_port()), "WEB_WORKERS": "1"}
    command = [sys.executable, "manage.py", "serve_shop"]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        try:
            assert run.stdout
            assert run.stdout.readline().startswith("Soulfra is served: ")
            assert get(f"http://127.0.0.1:{port}/healthz") == (200, "ok\n")
            with pytest.raises(urllib.error.HTTPError) as answer:
                get(f"http://127.0.0.1:{port}/tokens/")
            answer.value.close()
            assert answer.value.code == 503
        finally:
            run.terminate()
            _, said = run.communicate(timeout=40)
    assert "The database can't be used: " in said
    assert "Requests get a 503 meanwhile." in said


def test_without_keys_it_says_how_to_start_a_sandbox_and_goes_on() -> None:
    result = serve_shop(STRIPE_ENABLED="false", ALLOW_SANDBOX="true", DATABASE_URL="postgres://nobody@127.0.0.1:9/none")
    assert result.returncode == 1
    assert "start it with `./dev manage stripe_sandbox serve`, or set STRIPE_ENABLED=true" in result.stderr
    assert "CommandError: The database can't be used: " in result.stderr  # all was well until here


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"STRIPE_ENABLED": "true"}, "The sandbox is off: STRIPE_ENABLED is true.\n"),
        (
            {"ALLOWED_HOSTS": "shop.example.com"},
            "The sandbox calls the shop at 127.0.0.1: name 127.0.0.1 in ALLOWED_HO",
        ),
        ({"SECURE_SSL_REDIRECT": "true"}, "The sandbox calls the shop without TLS: set SECURE_SSL_REDIRECT=false.\n"),
        ({"STRIPE_WEBHOOK_SECRET": ""}, "STRIPE_WEBHOOK_SECRET is not set, so no webhook could be verified: "),
        (
            {"STRIPE_SECRET_KEY": "sk_live_x"},
            "STRIPE_SECRET_KEY is a live Stripe key: the local Stripe sandbox does not",
        ),
        ({"SANDBOX_WEBHOOK_URL": "127.0.0.1:5001"}, "SANDBOX_WEBHOOK_URL must begin with http:// or https://."),
    ],
)
def test_a_sandbox_that_the_shop_would_not_hear_does_not_start(changes: dict[str, str], refusal: str) -> None:
    env = {**os.environ, **SERVED, "STRIPE_ENABLED": "false", **changes}
    command = [sys.executable, "manage.py", "stripe_sandbox", "serve"]
    result = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert result.returncode == 1
    assert refusal in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.postgres
def test_pages_and_static_files_are_served_over_kept_connections_until_a_signal() -> None:
    port = free_port()
    with running_postgres() as database_url, served(port, database_url) as run:
        status, page = get(f"http://127.0.0.1:{port}/tokens/")
        assert (status, "Pro Pack" in page) == (200, True)
        static = re.search(r'href="(/static/[^"]+\.[0-9a-f]{12}\.css)"', page)
        assert static, "the page names a hashed style sheet"
        assert get(f"http://127.0.0.1:{port}{static[1]}")[0] == 200

        opened = connections_opened(database_url)
        for _ in range(100):
            get(f"http://127.0.0.1:{port}/api/tokens/packages")
        threads = int(SERVED["WEB_WORKERS"]) * int(SERVED["WEB_THREADS"])  # each opens one when it is first needed
        assert connections_opened(database_url) <= opened + threads + 2  # this look itself, and a thread of the worker

        children = [child.pid for child in psutil.Process(run.pid).children()]
        assert len(children) == 2
        run.send_signal(signal.SIGTERM)
        assert run.wait(15) == 0
        for pid in children:
            wait_until_gone(pid)


@pytest.mark.parametrize("is_handed_over", [True, False])
def test_the_end_of_an_answer_does_not_wait_until_its_beginning_is_acknowledged(monkeypatch, is_handed_over):
    with socket.create_server(("127.0.0.1", 0)) as given:
        monkeypatch.setenv(web.SOCKET, str(os.dup(given.fileno())) if is_handed_over else "")
        with web.listener("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
            accepted, _ = listening.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
