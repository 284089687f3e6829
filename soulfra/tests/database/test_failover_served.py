"""Two PostgreSQL servers, and what may happen to one while the shop is open: callers try again, and lose nothing."""

import hashlib
import hmac
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
import requests

from devtools.testing import environment, replicas, servers
from devtools.testing.servers import Customer, RunningShop

pytestmark = [pytest.mark.postgres, pytest.mark.long]

TRY_AGAIN = "The database can't answer right now. Try again in a few seconds; the same Idempotency-Key is safe."
SPEND = {"action": "import_domain"}
AT_EVERY_SPEND = "CREATE TRIGGER trouble AFTER INSERT ON token_usage FOR EACH ROW EXECUTE FUNCTION trouble()"
TROUBLE = "CREATE OR REPLACE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {} RETURN NULL; END$$"
LIMITS = {"DATABASE_CONNECT_SECONDS": "1", "DATABASE_STATEMENT_SECONDS": "1.5", "DATABASE_LOCK_SECONDS": "0.5"}
# One thread has one connection, so that it is known which one answers.
ONE_CONNECTION = {"WEB_WORKERS": "1", "WEB_THREADS": "1", "CONN_MAX_AGE": "600"}


@dataclass
class Visitor:
    shop: RunningShop
    primary: replicas.Server
    standby: replicas.Server
    customer: Customer
    refused: list[requests.Response] = field(default_factory=list)

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        answer = requests.request(method, self.shop.address + path, timeout=30, allow_redirects=False, **more)
        if answer.status_code == 503:
            self.refused.append(answer)
        return answer

    def spend(self, key: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.customer.key}", "Idempotency-Key": key}
        return self.ask("POST", "/api/tokens/spend", json=SPEND, headers=headers)

    def balance(self) -> int | str:
        answer = self.ask("GET", "/api/tokens/balance", headers={"Authorization": f"Bearer {self.customer.key}"})
        return int(answer.json()["balance"]) if answer.ok else answer.text

    def reason(self) -> str:
        """The one line of the log about the last refusal."""
        name = self.refused[-1].headers["X-Request-ID"]
        [line] = [line for line in self.shop.log.read_text().splitlines() if name in line]
        return line

    def sql(self, statement: str) -> Any:
        with psycopg.connect(self.primary.address(), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else None

    def connections(self) -> list[int]:
        """The server's processes for the shop."""
        found = self.sql("SELECT pid FROM pg_stat_activity WHERE datname = 'soulfra' AND pid <> pg_backend_pid()")
        return [pid for (pid,) in found]

    @contextmanager
    def trouble(self, what: str) -> Iterator[None]:
        """So ends every spend meanwhile."""
        self.sql(TROUBLE.format(what))
        self.sql(AT_EVERY_SPEND)
        try:
            yield
        finally:
            self.sql("DROP TRIGGER trouble ON token_usage")


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    with replicas.running(max_connections="12", superuser_reserved_connections="2") as primary:
        primary.execute("CREATE ROLE shop LOGIN")
        primary.execute("GRANT ALL ON DATABASE soulfra TO shop")
        with psycopg.connect(primary.address()) as connection:
            connection.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO shop")
            connection.execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO shop")
        with replicas.standby_of(primary) as standby:
            address = f"postgres://shop@{standby.host},{primary.host}/soulfra?target_session_attrs=read-write"
            with servers.running("serve", address, **LIMITS, **ONE_CONNECTION) as shop:
                yield Visitor(shop, primary, standby, shop.customer("ann", tokens=100, is_staff=True))


def test_the_server_that_takes_changes_is_found_among_two(visitor: Visitor) -> None:
    before = visitor.balance()
    spent = visitor.spend("first").json()
    assert spent == {"success": True, "balance": int(before) - 1, "spent": 1, "id": spent["id"]}


def test_a_lock_that_is_held_too_long_is_a_503_and_the_same_key_is_safe(visitor: Visitor) -> None:
    before = int(visitor.balance())
    with psycopg.connect(visitor.primary.address()) as other:
        other.execute("SELECT * FROM wallets FOR UPDATE")
        began = time.monotonic()
        answer = visitor.spend("locked")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert time.monotonic() - began < 2
        assert answer.json() == {
            "type": f"{visitor.shop.address}/api/docs/problems/service-unavailable",
            "title": "Service unavailable",
            "status": 503,
            "detail": TRY_AGAIN,
            "error": "Service unavailable",
        }
    assert [visitor.spend("locked").json()["balance"] for _ in range(2)] == [before - 1] * 2
    assert "Service Unavailable: /api/tokens/spend: database trouble 55P03: canceling statement due" in visitor.reason()


def test_the_worker_and_commands_wait_as_long_as_it_takes(visitor: Visitor) -> None:
    show = "from django.db import connection as c; r = c.cursor(); r.execute('SHOW {0}'); print(r.fetchone()[0])"
    for limit in ("statement_timeout", "lock_timeout"):
        assert visitor.shop.manage("shell", "-v", "0", "-c", show.format(limit)).strip() == "0"


@pytest.mark.parametrize(
    ("what", "state"),
    [
        ("PERFORM pg_sleep(10);", "57014"),
        ("PERFORM pg_terminate_backend(pg_backend_pid());", "57P01"),
        ("RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';", "53100"),
        ("RAISE 'out of memory' USING ERRCODE = 'out_of_memory';", "53200"),
    ],
)
def test_what_ends_a_statement_is_a_503_and_nothing_is_charged(visitor: Visitor, what: str, state: str) -> None:
    before = int(visitor.balance())
    with visitor.trouble(what):
        assert visitor.spend(state).status_code == 503
        assert f"/api/tokens/spend: database trouble {state}: " in visitor.reason()
    assert visitor.balance() == before
    assert [visitor.spend(state).json()["balance"] for _ in range(2)] == [before - 1] * 2


def test_a_connection_whose_server_turned_read_only_is_closed(visitor: Visitor) -> None:
    before, [kept] = int(visitor.balance()), visitor.connections()
    read_only = "ALTER SYSTEM SET default_transaction_read_only = "
    try:
        visitor.primary.execute(f"{read_only}on")
        visitor.primary.execute("SELECT pg_reload_conf()")
        time.sleep(0.5)
        assert visitor.spend("read-only").status_code == 503
        assert "database trouble 25006: " in visitor.reason()
        assert kept not in visitor.connections()
        assert visitor.spend("read-only").status_code == 503
        assert "session is read-only" in visitor.reason()
    finally:
        visitor.primary.execute(f"{read_only}off")
        visitor.primary.execute("SELECT pg_reload_conf()")
    time.sleep(0.5)
    assert visitor.spend("read-only").json()["balance"] == before - 1


def test_a_server_with_no_room_for_another_connection_is_a_503(visitor: Visitor) -> None:
    before, [kept] = int(visitor.balance()), visitor.connections()
    others: list[Any] = []
    try:
        while not is_full(visitor.primary, others):
            pass
        visitor.sql(f"SELECT pg_terminate_backend({kept}, 5000)")
        while not is_full(visitor.primary, others):
            pass
        assert visitor.spend("full").status_code == 503
        assert "connection slots" in visitor.reason() or "too many clients" in visitor.reason()
    finally:
        for other in others:
            other.close()
    time.sleep(0.2)
    assert visitor.spend("full").json()["balance"] == before - 1


def test_a_server_that_says_nothing_any_more_is_given_up(visitor: Visitor) -> None:
    before = int(visitor.balance())
    visitor.primary.stop()
    try:
        began = time.monotonic()
        assert visitor.spend("stopped").status_code == 503
        assert "database trouble: no answer within 4.5 seconds" in visitor.reason()
        assert time.monotonic() - began < 8
        assert visitor.spend("stopped").status_code == 503  # nor does it take a new connection
        assert "timeout expired" in visitor.reason()
    finally:
        visitor.primary.stop(stopped=False)
    assert [visitor.spend("stopped").json()["balance"] for _ in range(2)] == [before - 1] * 2


def test_every_door_says_so_while_no_server_is_there_and_after_the_failover_nothing_is_lost(visitor: Visitor) -> None:
    """The last test of the file: its primary dies."""
    assert visitor.spend("streamed").ok
    before = int(visitor.balance())
    [[written]] = visitor.sql("SELECT pg_current_wal_insert_lsn()::text")
    until_it_has(visitor.standby, written)
    visitor.primary.kill()
    token, key = "t" * 32, {"Authorization": f"Bearer {visitor.customer.key}"}
    cookies, form = {"sessionid": visitor.customer.session, "csrftoken": token}, {"csrfmiddlewaretoken": token}
    doors: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "/tokens/", {"cookies": cookies}),
        ("POST", "/tokens/purchase", {"cookies": cookies, "data": {"package": "pro", **form}}),
        ("GET", "/admin/", {"cookies": cookies}),
        ("POST", "/admin/tokens/package/add/", {"cookies": cookies, "data": form}),
        ("POST", "/accounts/login/", {"cookies": cookies, "data": {"login": "ann", "password": "x", **form}}),
        ("GET", "/api/tokens/packages", {}),
        ("GET", "/api/tokens/balance", {"headers": key}),
        ("GET", "/api/tokens/history", {"headers": key}),
        ("POST", "/api/tokens/purchase", {"headers": key, "json": {"package": "pro"}}),
        ("POST", "/api/domains/export", {"headers": key, "json": {"format": "json"}}),
        ("POST", "/api/tokens/webhook", signed()),
    ]
    for method, path, more in doors:
        answer = visitor.ask(method, path, **more)
        kind = "application/problem+json" if path.startswith("/api/") else "text/html; charset=utf-8"
        shape = (answer.status_code, answer.headers.get("Retry-After"), answer.headers["Content-Type"])
        assert shape == (503, "5", kind), f"{method} {path}"

    began = time.monotonic()
    visitor.standby.execute("SELECT pg_promote()")
    while not (answer := visitor.spend("after")).ok:
        assert time.monotonic() - began < 15
        time.sleep(0.1)
    assert answer.json()["balance"] == before - 1
    assert visitor.spend("streamed").headers["Idempotent-Replayed"] == "true"
    assert "The ledger is correct: " in visitor.shop.manage("check_ledger")
    log = visitor.shop.log.read_text()
    assert "Traceback" not in log
    assert sorted(line.count(" ERROR ") for line in log.splitlines() if "database trouble" in line) == [1] * len(
        visitor.refused
    )


def is_full(server: replicas.Server, others: list[Any]) -> bool:
    """Takes one more of its connections, unless it has none left for an ordinary user."""
    try:
        others.append(psycopg.connect(server.address().replace("postgres@", "shop@")))
    except psycopg.OperationalError as error:
        return "connection slots" in str(error) or "too many clients" in str(error)
    return False


def signed() -> dict[str, Any]:
    """An event as Stripe delivers it."""
    event = '{"id":"evt_1","object":"event","livemode":false,"type":"refund.created","data":{"object":{}}}'
    moment, secret = str(int(time.time())), environment.TESTS["STRIPE_WEBHOOK_SECRET"]
    signature = hmac.new(secret.encode(), f"{moment}.{event}".encode(), hashlib.sha256).hexdigest()
    return {"headers": {"Stripe-Signature": f"t={moment},v1={signature}"}, "data": event.encode()}


def until_it_has(standby: replicas.Server, position: str) -> None:
    with psycopg.connect(standby.address(), autocommit=True) as connection:
        stop_at = time.monotonic() + 20
        while time.monotonic() < stop_at:
            found = connection.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", [position]).fetchone()
            if found == (True,):
                return
            threading.Event().wait(0.05)
    raise AssertionError("The standby did not follow.")
