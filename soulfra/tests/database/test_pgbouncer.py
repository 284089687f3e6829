"""The shop behind pgbouncer in transaction mode, set up as docs/deploying.md says: its journeys and its commands."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
import requests
from django.utils import timezone

from devtools.testing import pgbouncer, servers
from devtools.testing.servers import Customer, RunningShop
from devtools.venv import ROOT

pytestmark = [pytest.mark.postgres, pytest.mark.long]

SPEND = {"action": "import_domain"}
MANY = 80  # several times as many as the pooler has connections
IN_PIECES = """
import threading
from django.db import connection, transaction
from tokens.models import TokenPackage
def another():
    with transaction.atomic():
        TokenPackage.objects.count()
        has_begun.set(); may_end.wait(20)
    connection.close()
has_begun, may_end = threading.Event(), threading.Event()
rows = TokenPackage.objects.iterator(chunk_size=1)
first, other = next(rows), threading.Thread(target=another)
other.start(); has_begun.wait(20)
try:
    print(1 + len(list(rows)))
finally:
    may_end.set(); other.join()
"""
CALL = """
from django.core.management import call_command
for command in {}:
    call_command(*command.split())
print("All done.")
"""
SHOW = """
from django.db import connection
cursor = connection.cursor()
for name in ("statement_timeout", "lock_timeout"):
    cursor.execute(f"SHOW {name}")
    print(*cursor.fetchone())
"""


@dataclass(frozen=True)
class Visitor:
    shop: RunningShop
    customer: Customer
    database_url: str  # without the pooler

    def call(self, method: str, path: str, *, key: str = "", body: Any = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.customer.key}", **({"Idempotency-Key": key} if key else {})}
        return requests.request(method, f"{self.shop.address}/api/{path}", headers=headers, json=body, timeout=60)

    def balance(self) -> int:
        return int(self.call("GET", "tokens/balance").json()["balance"])

    def shell(self, script: str) -> str:
        return self.shop.manage("shell", "-v", "0", "-c", script)


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    with servers.usual_database("serve") as database_url:
        try:
            with pgbouncer.running(database_url, lock_seconds=1) as pooler:
                address = pooler.settings["DATABASE_URL"]
                kept = {"CONN_MAX_AGE": "600", "WEB_WORKERS": "1"}  # each thread's asks often enough to prepare
                with servers.running("serve", **pooler.settings | kept | {"database_url": address}) as shop:
                    yield Visitor(shop, shop.customer("ann", tokens=1000), database_url)
        except pgbouncer.PgbouncerUnavailable as unavailable:
            pytest.skip(str(unavailable))


def test_a_customer_buys_spends_and_holds(visitor: Visitor) -> None:
    before = visitor.balance()
    session = visitor.call("POST", "tokens/purchase", key="buy", body={"package": "pro"}).json()["session_id"]
    visitor.shop.manage("stripe_sandbox", "pay", session)
    assert "delivered (HTTP 200)" in visitor.shop.manage("stripe_sandbox", "events")
    assert visitor.balance() == before + 500
    spent = [visitor.call("POST", "tokens/spend", key="spend", body=SPEND).json() for _ in range(2)]
    assert spent == [{"success": True, "balance": before + 499, "spent": 1, "id": spent[0]["id"]}] * 2
    held = visitor.call("POST", "tokens/holds", body={"action": "data_export"}).json()
    assert visitor.call("POST", f"tokens/holds/{held['id']}/capture").json()["balance"] == before + 489
    held = visitor.call("POST", "tokens/holds", body={"action": "data_export"}).json()
    assert visitor.call("POST", f"tokens/holds/{held['id']}/release").json()["balance"] == before + 489
    assert visitor.call("POST", "domains", body={"domain": "ocean-dreams.com"}).json()["balance"] == before + 488
    page = requests.get(f"{visitor.shop.address}/tokens/", cookies={"sessionid": visitor.customer.session}, timeout=60)
    assert (page.status_code, f"{before + 488:,}" in page.text) == (200, True)


def test_many_at_once_share_few_connections(visitor: Visitor) -> None:
    before = visitor.balance()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda number: visitor.call("POST", "tokens/spend", body=SPEND), range(MANY)))
    assert {answer.status_code for answer in answers} == {200}
    assert visitor.balance() == before - MANY


def test_the_commands_run(visitor: Visitor) -> None:
    month = timezone.now().strftime("%Y-%m")
    commands = ["sweep", "reconcile", "check_ledger", f"month_end {month}", "sync_memberships", "close_hours"]
    said = visitor.shell(CALL.format(commands))
    assert "In sync with Stripe" in said
    assert "The ledger is correct: " in said
    assert said.splitlines()[-1] == "All done."


def test_what_is_read_in_pieces_needs_no_cursor_that_stays(visitor: Visitor) -> None:
    assert int(visitor.shell(IN_PIECES)) >= 3


def test_the_pooler_limits_web_processes_and_nobody_else(visitor: Visitor) -> None:
    assert visitor.shell(SHOW).split() == ["0", "0"]
    before = visitor.balance()
    with psycopg.connect(visitor.database_url) as other:
        other.execute("SELECT * FROM wallets FOR UPDATE")
        began = time.monotonic()
        answer = visitor.call("POST", "tokens/spend", key="locked", body=SPEND)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert time.monotonic() - began < 4
    assert visitor.call("POST", "tokens/spend", key="locked", body=SPEND).json()["balance"] == before - 1


def test_connections_that_the_server_ends_are_opened_anew(visitor: Visitor) -> None:
    before = visitor.balance()
    with psycopg.connect(visitor.database_url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    threading.Event().wait(0.5)
    answers = [visitor.call("POST", "tokens/spend", key="anew", body=SPEND) for _ in range(3)]
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert (answers[-1].status_code, visitor.balance()) == (200, before - 1)
    log = visitor.shop.log.read_text()
    assert "Traceback" not in log


def test_limits_that_the_pooler_would_refuse_are_said_at_start(visitor: Visitor) -> None:
    env = {**visitor.shop.env, "STARTUP_OPTIONS": "true", "PORT": str(servers.free_port())}
    command = [sys.executable, "manage.py", "serve_shop"]
    started = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    assert started.returncode == 1
    [said] = [line for line in started.stderr.splitlines() if "CommandError" in line]
    assert "The database can't be used: " in said
    assert said.endswith("Set STARTUP_OPTIONS=false: a pooler sets such limits itself.")
