"""The shop is watched while it breaks: its probes and figures say what is wrong within seconds, and when it is over.

The worker is killed and hangs, the database stops; the supervision starts again what died. A Prometheus with the rules
that are shipped looks on: silent while all is well, it tells of the database, the worker and the web server.
"""

from __future__ import annotations

import os
import re
import signal
import time

from devtools.trials import machine, postgres, prometheus, shop
from devtools.trials.load import Address, ask
from devtools.trials.machine import expect, wait

SECONDS_OF_HEALTH = 30
TOKEN = "a-token-for-prometheus-0123456789"  # noqa: S105  of a machine that is deleted


def run() -> dict[str, str]:
    with machine.machine() as there, postgres.primary(there) as database:
        release = machine.install_release(there, "this")
        machine.serve_release(there, release)
        served = shop.Shop(there)
        worker = machine.free_port()
        own = {"METRICS_TOKEN": TOKEN, "METRICS_ADDRESS": f"127.0.0.1:{worker}"}
        shop.write_settings(served, release, database.url(), **own)
        shop.make_ready(there, release)
        with shop.running(served):
            address = Address(served.port)
            found = {"ready after the start": f"{_until(address, 200, seconds=90):.1f} s"}
            with prometheus.prometheus(there, web=served.port, worker=worker, token=TOKEN) as watcher:
                found |= _figures(address)
                found |= _dead_worker(served, address)
                found |= _dead_web_server(served, address)
                found |= _silence(watcher)
                found |= _database_gone(database, address, watcher)
                found |= _silent_worker(served, address, watcher)
                found |= _down(served, watcher)
        return found


def _ready(address: Address) -> tuple[int, str]:
    """The status and the reasons; 0 while nobody answers."""
    try:
        status, _, said = ask(address, "GET", "/readyz", {"Host": "10.0.0.1"})
    except OSError:
        return 0, ""
    return status, said.decode().strip()


def _until(address: Address, status: int, *, seconds: float) -> float:
    return wait(lambda: _ready(address)[0] == status, seconds=seconds, what=f"/readyz answers {status}")


def _figures(address: Address) -> dict[str, str]:
    refused, _, _ = ask(address, "GET", "/metrics")
    expect(refused in (401, 403, 404), f"/metrics is answered without the token: {refused}.")
    for _ in range(20):
        ask(address, "GET", "/api/tokens/packages", {"X-Forwarded-Proto": "https"})
    status, _, said = ask(address, "GET", "/metrics", {"Authorization": f"Bearer {TOKEN}"})
    names = set(re.findall(r"^# TYPE (soulfra_\w+)", said.decode(), re.MULTILINE))
    wanted = {"soulfra_request_seconds", "soulfra_oldest_seconds", "soulfra_last_timestamp_seconds"}
    expect(status == 200 and names >= wanted, f"/metrics is answered with {status}, and lacks {wanted - names}.")
    return {"kinds of figures at /metrics": str(len(names))}


def _dead_worker(served: shop.Shop, address: Address) -> dict[str, str]:
    restarts = served.worker.restarts
    os.killpg(served.worker.process.pid, signal.SIGKILL)
    took = wait(lambda: served.worker.restarts > restarts, seconds=20, what="the worker is started again")
    expect(ask(address, "GET", "/healthz")[0] == 200, "a dead worker took the web server along.")
    return {"a killed worker is started again": f"after {took:.1f} s; the web server continues"}


def _dead_web_server(served: shop.Shop, address: Address) -> dict[str, str]:
    os.killpg(served.web.process.pid, signal.SIGKILL)
    began = time.monotonic()
    status, _, _ = ask(address, "GET", "/healthz")  # it waits at the socket
    expect(status == 200, f"after the web server was killed /healthz is answered with {status}.")
    return {"a killed web server answers again": f"after {time.monotonic() - began:.1f} s; requests wait at the socket"}


def _silence(watcher: prometheus.Prometheus) -> dict[str, str]:
    time.sleep(SECONDS_OF_HEALTH)
    watcher.expect_silence()
    return {"alarms of a healthy shop, and of one whose processes were killed": "none"}


def _database_gone(database: postgres.Server, address: Address, watcher: prometheus.Prometheus) -> dict[str, str]:
    database.stop()
    told = _until(address, 503, seconds=20)
    said = _ready(address)[1]
    expect("database" in said, f"/readyz doesn't name the database: {said!r}")
    expect(ask(address, "GET", "/healthz")[0] == 200, "/healthz fails with the database.")
    status, headers, _ = ask(address, "GET", "/tokens/", {"X-Forwarded-Proto": "https"})
    expect((status, headers["Retry-After"]) == (503, "5"), f"a page is answered with {status}.")
    alarm = watcher.fires("NotReady", seconds=60)
    database.start()
    back = _until(address, 200, seconds=90)
    watcher.is_over("NotReady")
    return {
        "the database is gone: /readyz says so": f"after {told:.1f} s: “{said.splitlines()[0]}” {alarm}",
        "and back: ready again": f"after {back:.1f} s, nothing restarted",
    }


def _silent_worker(served: shop.Shop, address: Address, watcher: prometheus.Prometheus) -> dict[str, str]:
    os.killpg(served.worker.process.pid, signal.SIGSTOP)
    told = _until(address, 503, seconds=150)
    said = _ready(address)[1]
    alarm = watcher.fires("WorkerSilent", seconds=180)
    os.killpg(served.worker.process.pid, signal.SIGCONT)
    expect("worker" in said, f"/readyz doesn't name the worker: {said!r}")
    back = _until(address, 200, seconds=90)
    watcher.is_over("WorkerSilent")
    return {
        "a worker that hangs: /readyz says so": f"after {told:.0f} s: “{said.splitlines()[0]}” {alarm}",
        "and continues: ready again": f"after {back:.1f} s",
    }


def _down(served: shop.Shop, watcher: prometheus.Prometheus) -> dict[str, str]:
    watcher.expect_silence()
    served.web.stop()
    return {"nothing serves": watcher.fires("Down", seconds=60)}
