"""From 0.9.0 to this release while customers spend, and three restarts: no request fails, nothing is lost or doubled.

0.9.0 listens by itself, and its code can't stand beside the new schema. So the new release's socket opens at another
port and the proxy is pointed at it: requests wait there while the old server ends, the database is migrated and the new
server starts.
"""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from devtools import processes
from devtools.trials import machine, postgres, proxies, shop
from devtools.trials.load import Address, Load, audit
from devtools.trials.machine import Machine, bare_environment, free_port, nobody, wait

VERSION, COMMIT = "0.9.0", "0ce333a"
RESTARTS = 3


def run() -> dict[str, str]:
    with machine.machine() as there, postgres.primary(there) as database:
        old = machine.install_release(there, VERSION, commit=COMMIT)
        new = machine.install_release(there, "this")
        served = shop.Shop(there)
        shop.write_settings(served, new, database.url())
        for release in (old, new):
            (release / ".env").unlink(missing_ok=True)  # 0.9.0 wrote one of development
            (release / ".env").symlink_to(there.path(str(shop.SETTINGS)))
        shop.make_ready(there, new)
        machine.serve_release(there, old)
        found: dict[str, str] = {}
        with contextlib.ExitStack() as stack:
            port, old_servers = stack.enter_context(_old_servers(there, old))
            front = stack.enter_context(proxies.nginx(there, port))
            keys = served.customers(8)
            with Load(Address(front.https, front.certificate), keys) as load:
                time.sleep(5)
                found |= _upgrade(there, served, front, old_servers, load)
                time.sleep(5)
                found |= _restart(served, load)
            served.stop()
        load.expect_no_failure()
        found |= load.figures() | audit(database.url("postgres"), load)
        return found | {"the ledger": served.manage("check_ledger").strip()}


def _upgrade(
    there: Machine,
    served: shop.Shop,
    front: proxies.Nginx,
    old: dict[str, subprocess.Popen[bytes]],
    load: Load,
) -> dict[str, str]:
    began = time.monotonic()
    load.tell(f"ending the worker of {VERSION}")
    processes.end(old["worker"], seconds=60)
    load.tell("pointing the proxy at the new socket")
    front.point_at(served.port)  # whose socket listens already
    time.sleep(2)  # what is under way at the old server ends
    load.tell(f"ending the web server of {VERSION}")
    processes.end(old["serve_shop"], seconds=60)
    stopped = time.monotonic()
    machine.serve_release(there, there.path("/srv/soulfra/this"))
    load.tell("migrating")
    migrated = served.migrate()
    load.tell("starting this release")
    served.web.start()
    served.wait_until_it_answers()
    served.worker.start()
    return {
        "of which migrations": f"{migrated:.1f} s",
        "from the end of 0.9.0 to the first answer of this": f"{time.monotonic() - stopped:.1f} s",
        "the whole upgrade": f"{time.monotonic() - began:.1f} s",
    }


def _restart(served: shop.Shop, load: Load) -> dict[str, str]:
    """Restart the web server at its socket, several times; requests wait for it."""
    before, longest = len(load.attempts), 0.0
    for _ in range(RESTARTS):
        began = time.monotonic()
        load.tell("restarting the web server")
        served.web.restart()
        served.wait_until_it_answers()
        longest = max(longest, time.monotonic() - began)
        time.sleep(3)
    waited = max((each.seconds for each in load.attempts[before:]), default=0.0)
    return {f"{RESTARTS} restarts under load": f"{longest:.1f} s at most; the longest wait {waited:.1f} s"}


@contextlib.contextmanager
def _old_servers(there: Machine, release: Path) -> Iterator[tuple[int, dict[str, subprocess.Popen[bytes]]]]:
    """The web server and worker of 0.9.0, started as its own docs say; it collects its static files by itself."""
    port, started = free_port(), {}
    (release / "staticfiles").mkdir(exist_ok=True)
    machine.run(["chmod", "-R", "a+rX", str(release)])
    machine.run(["chmod", "777", str(release / "staticfiles")])
    env = bare_environment() | {"PORT": str(port), "MEDIA_ROOT": str(there.path("/var/lib/soulfra/media"))}
    try:
        for name in ("serve_shop", "worker"):
            with open(there.log(f"old-{name}"), "ab") as output:
                command = [str(release / ".venv/bin/python"), "manage.py", name]
                started[name] = processes.start(
                    command, cwd=release, env=env, stdout=output, stderr=subprocess.STDOUT, **nobody()
                )
            answers = partial(processes.listens, ("127.0.0.1", port))
            wait(answers, seconds=240, what=f"{VERSION} answers", log=there.log("old-serve_shop"))
        yield port, started
    finally:
        for process in started.values():
            processes.end(process)
