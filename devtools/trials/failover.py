"""A synchronous pair of PostgreSQL 15 loses its primary under load: nothing is lost or doubled, and it is over soon.

The primary is killed with every process at once. Who watches the pair (Patroni, pg_auto_failover; here a loop that asks
every half second) promotes the standby after three seconds without an answer. The shop finds it by an address of two
hosts.
"""

from __future__ import annotations

import time

from devtools.trials import machine, postgres, proxies, shop
from devtools.trials.load import Address, Load, audit
from devtools.trials.machine import expect, wait

MOST_SECONDS = 15  # without an answer
SECONDS_TO_BELIEVE = 3  # that the primary is gone


def run() -> dict[str, str]:
    with (
        machine.machine() as there,
        postgres.primary(there) as primary,
        postgres.standby(there, primary) as standby,
    ):
        release = machine.install_release(there, "this")
        machine.serve_release(there, release)
        served = shop.Shop(there)
        both = f"postgres://soulfra@127.0.0.1:{primary.port},127.0.0.1:{standby.port}/soulfra?target_session_attrs=read-write"
        shop.write_settings(served, release, both)
        shop.make_ready(there, release)
        with shop.running(served), proxies.nginx(there, served.port) as front:
            keys = served.customers(12)
            with Load(Address(front.https, front.certificate), keys) as load:
                time.sleep(8)
                killed, promoted = _fail_over(primary, standby)
                time.sleep(12)
            found = load.figures() | audit(standby.url("postgres"), load)
            expect(load.outage() < MOST_SECONDS, f"for {load.outage():.1f} seconds nobody got an answer.")
            back = min(each.at for each in load.attempts if each.status == 200 and each.at > promoted)
            size = max(path.stat().st_size for path in (served.web.log, served.worker.log))
            return found | {
                "from the kill to the promoted standby": f"{promoted - killed:.1f} s",
                "from the promotion to the first spend": f"{back - promoted:.1f} s",
                "longest log": f"{size / 1e6:.2f} MB",
                "the ledger": served.manage("check_ledger").strip(),
                "restarts of web server and worker": f"{served.web.restarts}, {served.worker.restarts}",
            }


def _fail_over(primary: postgres.Server, standby: postgres.Server) -> tuple[float, float]:
    """Kill the primary, and promote the standby as who watches them would; when each was, on the monotonic clock."""
    primary.kill()
    killed = time.monotonic()
    wait(lambda: not primary.answers(), seconds=5, what="the primary is gone")
    while time.monotonic() - killed < SECONDS_TO_BELIEVE:
        time.sleep(0.5)
        expect(not primary.answers(), "the primary came back by itself.")
    standby.promote()
    return killed, time.monotonic()
