"""The shop as the docs set it up: behind nginx and Caddy, through pgbouncer, on PostgreSQL 15; asked as customers ask.

Each thing that an operator had to find out once is looked at here: Host, the client's address, sizes, deadlines.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace

from devtools.trials import machine, postgres, proxies, shop
from devtools.trials.load import JSON, Address, Connection, Load, ask, audit
from devtools.trials.machine import HOST, expect

BEHIND_1_18 = {"STARTUP_OPTIONS": "false", "SERVER_SIDE_CURSORS": "false", "PREPARED_STATEMENTS": "false"}
WRONG = {"Authorization": "Bearer tk_wrong"}
REFUSALS = 5  # calls without a valid key that an address may make a minute, in each of four processes


def run() -> dict[str, str]:
    with machine.machine() as there, postgres.primary(there) as database, proxies.pgbouncer(there, database) as pooled:
        release = machine.install_release(there, "this")
        machine.serve_release(there, release)
        served = shop.Shop(there)
        shop.write_settings(
            served,
            release,
            database.url(),
            **BEHIND_1_18,
            WEB_DATABASE_URL=pooled,
            API_REFUSALS_PER_MINUTE=str(REFUSALS),
        )
        shop.make_ready(there, release)
        found = {"migrations of a new database": f"{served.migrate():.1f} s"}
        with shop.running(served):
            for name, front in (("nginx", proxies.nginx), ("Caddy", proxies.caddy)):
                with front(there, served.port) as proxy:
                    found |= _ask_behind(name, served, proxy, database)
        return found | {"the ledger": served.manage("check_ledger").strip()}


def _ask_behind(name: str, served: shop.Shop, proxy: proxies.Front, database: postgres.Server) -> dict[str, str]:
    print(f"Asking the shop behind {name} …", flush=True)
    address = Address(proxy.https, proxy.certificate)
    first = 1 if name == "nginx" else 101
    keys = served.customers(8, first=first)
    key = next(iter(keys.values()))
    _without_tls(proxy)
    _pages(address)
    _client_address(address)
    _sizes(address, key)
    _slow_sender(address, key)
    bought = _purchase(served, address, key)
    with Load(address, keys) as load:
        time.sleep(8)
    return {
        f"{name}: {what}": value
        for what, value in (bought | load.figures() | audit(database.url("postgres"), load)).items()
    }


def _without_tls(proxy: proxies.Front) -> None:
    status, headers, _ = ask(Address(proxy.http), "GET", "/tokens/")
    location = f"https://{HOST}/tokens/"
    expect(
        (status, headers["Location"]) == (301, location), f"http:// is answered with {status}, {headers['Location']}."
    )
    status, _, _ = ask(Address(proxy.http), "GET", "/api/tokens/balance")
    expect(status == 403, f"a call of the API without TLS is answered with {status}.")


def _pages(address: Address) -> None:
    status, headers, page = ask(address, "GET", "/tokens/")
    expect((status, b"Pro Pack" in page) == (200, True), f"the token page is answered with {status}.")
    expect("max-age" in headers["Strict-Transport-Security"], "no promise of TLS is made.")
    style = re.search(rb'href="(/static/[^"]+\.[0-9a-f]{12}\.css)"', page)
    expect(style and ask(address, "GET", style[1].decode())[0] == 200, "the style sheet of the page is not served.")
    for path in ("/metrics", "/readyz", "/healthz"):
        status, _, _ = ask(address, "GET", path)
        expect(status == 404, f"{path} is answered to everybody with {status}.")


def _client_address(address: Address) -> None:
    """What a client says of its own address and request is not believed, and each address has limits of its own."""
    _, headers, _ = ask(address, "GET", "/tokens/", {"X-Request-ID": "mine"})
    expect(headers["X-Request-ID"] != "mine", "the client named its own request.")
    statuses = set()
    for number in range(REFUSALS * 8):
        lie = f"203.0.113.{number}"
        # An underscore takes the place of a hyphen in WSGI, so one who sends both would be believed.
        said = WRONG | {"X-Forwarded-For": lie, "X_Forwarded_For": lie, "X-Real-IP": lie}
        statuses.add(ask(address, "GET", "/api/tokens/balance", said)[0])
    expect(
        statuses == {401, 429}, f"a client that makes its address up is answered with {statuses}: no limit holds it."
    )
    neighbour = replace(address, source="127.0.0.2")
    status, _, _ = ask(neighbour, "GET", "/api/tokens/balance", WRONG)
    expect(status == 401, f"another address is answered with {status}: all of them share one limit.")


def _sizes(address: Address, key: str) -> None:
    """A file of five megabytes passes; a larger one is refused, in words."""
    signed = {"Authorization": f"Bearer {key}", "Content-Type": "text/csv"}
    rows = "domain,notes\n" + "".join(f"example-{number}.com,{'x' * 520}\n" for number in range(9_000))
    status, _, said = ask(address, "POST", "/api/domains/import?dry_run=true", signed, rows.encode())
    expect(status == 200, f"a file of 5 MB is answered with {status}: {said[:300]!r}")
    status, _, _ = ask(address, "POST", "/api/domains/import?dry_run=true", signed, b"x" * 7_000_000)
    expect(status == 413, f"a file of 7 MB is answered with {status}.")


def _slow_sender(address: Address, key: str) -> None:
    """Forty who send their bodies slowly hold up nobody."""
    slow = [Connection(address) for _ in range(40)]
    for connection in slow:
        connection.putrequest("POST", "/api/tokens/spend", skip_host=True)
        for header in (("Host", HOST), ("Authorization", f"Bearer {key}"), ("Content-Length", "60")):
            connection.putheader(*header)
        connection.endheaders(b'{"action"')
    began = time.monotonic()
    status, _, _ = ask(address, "GET", "/api/tokens/balance", {"Authorization": f"Bearer {key}"})
    took = time.monotonic() - began
    for connection in slow:
        connection.close()
    expect(status == 200 and took < 5, f"beside forty slow senders a balance took {took:.1f} s ({status}).")


def _purchase(served: shop.Shop, address: Address, key: str) -> dict[str, str]:
    """Buy a pack, pay it, and be credited by the webhook."""
    signed = {"Authorization": f"Bearer {key}", **JSON}
    status, _, said = ask(address, "POST", "/api/tokens/purchase", signed, b'{"package": "pro"}')
    expect(status == 200, f"a purchase is answered with {status}: {said[:200]!r}")
    before = json.loads(ask(address, "GET", "/api/tokens/balance", signed)[2])["balance"]
    began = time.monotonic()
    served.manage("stripe_sandbox", "pay", json.loads(said)["session_id"])

    def is_credited() -> bool:
        return json.loads(ask(address, "GET", "/api/tokens/balance", signed)[2])["balance"] == before + 500

    machine.wait(is_credited, seconds=30, what="the payment is credited")
    return {"from paying to credited": f"{time.monotonic() - began:.1f} s"}
